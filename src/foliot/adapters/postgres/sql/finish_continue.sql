-- Attempts that another will follow, if their lease is held: the run is queued again, waits for a retry, or is deferred;
-- if meanwhile somebody wanted it cancelled, it ends here. Which ones they are, and whether that. Primary key.
-- One that ends here and has children is left, unless $10: it ends in a transaction that sees to its children too.
with held as (
    select r.*, o.state as becomes, o.cause, o.at, o.error, o.due_again, o.unburned
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], $7::json[],
                $8::timestamptz[], $9::integer[])
        as o (tenant_id, id, lease, state, cause, at, error, due_again, unburned)
    join live as r on r.tenant_id = o.tenant_id and r.id = o.id
    where r.lease = o.lease and r.lease_until is not null and (o.cause <> 'lease_lost' or r.lease_until < o.at)
      and (r.has_children is null or r.cancel_requested_at is null or $10::boolean)
    for update of r
),
told as (
    insert into attempts (
        tenant_id, run_id, lease, number, worker, state, cause, due_at, queued_at, started_at, ended_at, error, retry_at)
    select tenant_id, id, lease, attempt, worker, becomes, cause, due_at, queued_at, started_at, at, error, due_again
    from held
),
continued as (
    update live as r
    set state = h.becomes, due_at = coalesce(h.due_again, h.due_at), queued_at = case when h.becomes = 'queued' then h.at end,
        attempt = h.attempt - h.unburned, started_at = null, worker = null, lease_until = null, progress = null,
        expires_at = case when h.cause = 'deferred' then h.expires_at end
    from held as h
    where r.tenant_id = h.tenant_id and r.id = h.id and h.cancel_requested_at is null
),
gone as (
    delete from live as r
    using held as h
    where r.tenant_id = h.tenant_id and r.id = h.id and h.cancel_requested_at is not null
    returning h.*
),
cancelled as (
    insert into finished (
        tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, finished_at, attempt, max_attempts,
        lease, cancel_requested_at, replay_of, expires_at, planned_at)
    select tenant_id, id, job_id, type, queue, priority, 'cancelled', 'cancelled', coalesce(due_again, due_at),
           case when becomes = 'queued' then at end, at, attempt - unburned, max_attempts, lease, cancel_requested_at, replay_of, expires_at, planned_at
    from gone
)
select id::text, cancel_requested_at is not null from held
