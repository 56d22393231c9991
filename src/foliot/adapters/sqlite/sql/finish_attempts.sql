-- Attempts that another will follow, if their lease is held. Primary key of live.
insert into attempts (
    tenant_id, run_id, lease, number, worker, state, cause, due_at, queued_at, started_at, ended_at, error, retry_at)
select r.tenant_id, r.id, r.lease, r.attempt, r.worker, o.value ->> '$[3]', o.value ->> '$[4]', r.due_at, r.queued_at,
       r.started_at, o.value ->> '$[5]', o.value ->> '$[7]', o.value ->> '$[8]'
from json_each(:outcomes) as o
cross join live as r on r.tenant_id = o.value ->> '$[0]' and r.id = o.value ->> '$[1]'
where r.state = 'running' and r.lease = o.value ->> '$[2]'
  and (o.value ->> '$[4]' <> 'lease_lost' or r.lease_until < o.value ->> '$[5]')
