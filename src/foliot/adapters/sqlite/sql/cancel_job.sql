-- Ends a recurring job. Primary key.
update jobs set state = 'cancelled', next_at = null where tenant_id = :tenant_id and id = :job_id and state in ('active', 'paused')
