-- Runs that have not started leave `live` and become history as cancelled. Primary key.
with gone as (
    delete from live as r
    using unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as asked (tenant_id, id, at)
    where r.tenant_id = asked.tenant_id and r.id = asked.id and r.lease_until is null
    returning r.*, asked.at
)
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, finished_at, attempt, max_attempts,
    lease, cancel_requested_at, replay_of, expires_at, planned_at)
select tenant_id, id, job_id, type, queue, priority, 'cancelled', 'cancelled', due_at, queued_at, at, attempt, max_attempts,
       lease, coalesce(cancel_requested_at, at), replay_of, expires_at, planned_at
from gone
