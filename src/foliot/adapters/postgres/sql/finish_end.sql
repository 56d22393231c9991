-- Ended runs leave `live` and become history, if their lease is held; those that failed become dead letters.
-- A lease is only lost once its time is over. Which ones they are. Primary key.
-- Runs that have children are left, unless $9: they end in a transaction that sees to their children too.
with gone as (
    delete from live as r
    using unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], $7::json[], $8::json[])
        as o (tenant_id, id, lease, state, cause, at, result, error)
    where r.tenant_id = o.tenant_id and r.id = o.id and r.lease = o.lease and r.lease_until is not null
      and (o.cause <> 'lease_lost' or r.lease_until < o.at) and (r.has_children is null or $9::boolean)
    returning r.tenant_id, r.id, r.job_id, r.type, r.queue, r.priority, o.state, o.cause, r.due_at, r.queued_at, r.started_at,
              o.at, r.attempt, r.max_attempts, r.lease, r.worker, r.cancel_requested_at, r.progress, r.replay_of, r.expires_at, r.planned_at, o.result, o.error
),
buried as (
    insert into dead_letters (tenant_id, run_id, type, queue)
    select tenant_id, id, type, queue from gone where state = 'failed'
)
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at, finished_at, attempt,
    max_attempts, lease, worker, cancel_requested_at, progress, replay_of, expires_at, planned_at, result, error)
select * from gone
returning id::text
