-- Runs whose attempt ended but which go on: queued again, waiting for a retry, or deferred. Primary key.
update live
set state = o.state, due_at = coalesce(o.due_at, live.due_at), queued_at = case when o.state = 'queued' then o.at end,
    attempt = attempt - o.unburned, started_at = null, worker = null, lease_until = null, progress = null
from (
    select value ->> '$[0]' as tenant_id, value ->> '$[1]' as id, value ->> '$[2]' as lease, value ->> '$[3]' as state, value ->> '$[5]' as at,
           value ->> '$[8]' as due_at, value ->> '$[9]' as unburned
    from json_each(:outcomes)) as o
where live.tenant_id = o.tenant_id and live.id = o.id and live.state = 'running' and live.lease = o.lease
