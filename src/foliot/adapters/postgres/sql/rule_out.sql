-- Blocked runs whose condition can never be met, which this transaction has locked, become history as skipped.
-- Primary key.
with gone as (
    delete from live as r
    using unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as asked (tenant_id, id, at)
    where r.tenant_id = asked.tenant_id and r.id = asked.id
    returning r.*, asked.at
)
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, attempt, max_attempts, lease, replay_of,
    expires_at, planned_at)
select tenant_id, id, job_id, type, queue, priority, 'skipped', 'parent', due_at, at, attempt, max_attempts, lease, replay_of,
       expires_at, planned_at
from gone
