-- Runs that failed for good, of those just ended, become dead letters. By seq.
insert into dead_letters (tenant_id, run_id, type, queue)
select tenant_id, id, type, queue from finished not indexed where seq > :before and state = 'failed'
