-- Ended runs become history, if their lease is held. Primary key of live.
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at, finished_at, attempt,
    max_attempts, lease, worker, cancel_requested_at, progress, replay_of, expires_at, planned_at, result, error)
select r.tenant_id, r.id, r.job_id, r.type, r.queue, r.priority, o.value ->> '$[3]', o.value ->> '$[4]', r.due_at, r.queued_at,
       r.started_at, o.value ->> '$[5]', r.attempt, r.max_attempts, r.lease, r.worker, r.cancel_requested_at, r.progress,
       r.replay_of, r.expires_at, r.planned_at, o.value ->> '$[6]', o.value ->> '$[7]'
from json_each(:outcomes) as o
cross join live as r on r.tenant_id = o.value ->> '$[0]' and r.id = o.value ->> '$[1]'
where r.state = 'running' and r.lease = o.value ->> '$[2]'
  and (o.value ->> '$[4]' <> 'lease_lost' or r.lease_until < o.value ->> '$[5]')
