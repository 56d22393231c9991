-- One run that succeeded leaves `live` and becomes history, if its lease is held; in a transaction of the application,
-- whose planner is not ours: one row by its key needs no choice. Whether it has children. Primary key.
with gone as (
    delete from live where tenant_id = $1 and id = $2 and lease = $3 and lease_until is not null
    returning *
),
told as (
    insert into finished (
        tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at, finished_at, attempt,
        max_attempts, lease, worker, cancel_requested_at, progress, replay_of, expires_at, planned_at, result)
    select tenant_id, id, job_id, type, queue, priority, $4, $5, due_at, queued_at, started_at, $6, attempt,
           max_attempts, lease, worker, cancel_requested_at, progress, replay_of, expires_at, planned_at, $7
    from gone
)
select has_children is not null from gone
