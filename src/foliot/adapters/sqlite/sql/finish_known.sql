-- Whether an outcome is stored, word for word. Index finished_run.
select 1 from finished
where tenant_id = :tenant_id and id = :run_id and lease = :lease and cause = :cause and finished_at = :at
