-- Runs whose attempt ended but which go on: queued again, waiting for a retry, or deferred. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed
set state = o.state, due_at = coalesce(o.due_at, live.due_at), queued_at = case when o.state = 'queued' then o.at end,
    attempt = attempt - o.unburned, started_at = null, worker = null, lease_until = null, progress = null,
    expires_at = case when o.cause = 'deferred' then live.expires_at end
from (
    select r.rowid as target, o.value ->> '$[3]' as state, o.value ->> '$[4]' as cause, o.value ->> '$[5]' as at, o.value ->> '$[8]' as due_at,
           o.value ->> '$[9]' as unburned
    from json_each(:outcomes) as o
    cross join live as r on r.tenant_id = o.value ->> '$[0]' and r.id = o.value ->> '$[1]'
    where r.state = 'running' and r.lease = o.value ->> '$[2]'
      and (o.value ->> '$[4]' <> 'lease_lost' or r.lease_until < o.value ->> '$[5]')
    limit -1) as o
where live.rowid = o.target
