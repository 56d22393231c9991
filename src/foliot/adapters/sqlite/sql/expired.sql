-- Running runs whose lease has run out, oldest first. Index live_leased.
select json_group_array(json_object(
    'run_id', id, 'tenant_id', tenant_id, 'lease', lease, 'attempt', attempt, 'max_attempts', max_attempts,
    'worker', worker, 'type', type, 'queue', queue, 'priority', priority, 'cancelling', cancel_requested_at is not null,
    'remote', coalesce(remote, 0)))
from (select * from live where state = 'running' and lease_until < :now order by lease_until limit :limit)
