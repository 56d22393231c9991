-- The attempts of a run that were followed by another, oldest first. Primary key.
select json_group_array(json_object(
    'run_id', run_id, 'number', number, 'lease', lease, 'worker', worker, 'state', state, 'cause', cause,
    'due_at', due_at, 'queued_at', queued_at, 'started_at', started_at, 'ended_at', ended_at, 'error', json(error),
    'retry_at', retry_at))
from (select * from attempts where tenant_id = :tenant_id and run_id = :run_id order by lease)
