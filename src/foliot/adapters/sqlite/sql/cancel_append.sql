-- Runs that have not started become history as cancelled. Primary key of live.
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, finished_at, attempt, max_attempts,
    lease, cancel_requested_at, replay_of, expires_at, planned_at)
select r.tenant_id, r.id, r.job_id, r.type, r.queue, r.priority, 'cancelled', 'cancelled', r.due_at, r.queued_at,
       c.value ->> '$[2]', r.attempt, r.max_attempts, r.lease, coalesce(r.cancel_requested_at, c.value ->> '$[2]'), r.replay_of,
       r.expires_at, r.planned_at
from json_each(:rows) as c
cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
where r.state in ('blocked', 'pending', 'queued', 'retrying')
