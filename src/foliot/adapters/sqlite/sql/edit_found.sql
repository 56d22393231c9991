-- The runs of a job that wait: no worker has them in hand. Primary key; index live_job.
select json_group_array(json_array(tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts, lease,
    expires_at))
from (
    select * from live where tenant_id = :tenant_id and id = :job_id and state <> 'running'
    union all
    select * from live where tenant_id = :tenant_id and job_id = :job_id and job_id <> id and state <> 'running')
