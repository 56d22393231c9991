-- Blocked runs whose condition can never be met become history as skipped. Primary key of live.
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, attempt, max_attempts, lease, replay_of,
    expires_at, planned_at)
select r.tenant_id, r.id, r.job_id, r.type, r.queue, r.priority, 'skipped', 'parent', r.due_at, c.value ->> '$[2]', r.attempt,
       r.max_attempts, r.lease, r.replay_of, r.expires_at, r.planned_at
from json_each(:rows) as c
cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
where r.state = 'blocked'
