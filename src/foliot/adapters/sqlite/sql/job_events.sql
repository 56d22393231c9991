-- The events appended to a job itself, oldest first. Index events_job.
select json_group_array(json_object(
    'id', id, 'tenant_id', tenant_id, 'job_id', job_id, 'run_id', run_id, 'type', type, 'at', at, 'data', json(data)))
from (select * from events where run_id is null and tenant_id = :tenant_id and job_id = :job_id order by id)
