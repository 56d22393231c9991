-- Ends a recurring job. Primary key.
update jobs set state = 'cancelled', next_at = null
where tenant_id = $1 and id = $2 and state in ('active', 'paused')
