-- Whether a job recurs and has not ended. Primary key.
select 1 from jobs
where tenant_id = :tenant_id and id = :job_id and next_at is not null and state in ('active', 'paused')
