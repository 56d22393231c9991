-- Locks a job, if there is one. Primary key.
select from jobs where tenant_id = $1 and id = $2 for update
