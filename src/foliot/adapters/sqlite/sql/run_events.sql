-- The events appended to a run, oldest first. Index events_run.
select json_group_array(json_object(
    'id', id, 'tenant_id', tenant_id, 'job_id', job_id, 'run_id', run_id, 'type', type, 'at', at, 'data', json(data)))
from (select * from events where run_id is not null and tenant_id = :tenant_id and run_id = :run_id order by id)
