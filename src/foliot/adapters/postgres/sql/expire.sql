-- Those of the given runs that have still not started leave `live` and become history as expired; which ones, and which
-- of them have children. One that somebody changes at the moment is left. Primary key.
-- Those that have no lease but had one do not expire (see finish_continue); that no `state` is named tempts no other index.
with late as materialized (
    select r.ctid as place
    from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
    join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
    where r.expires_at <= $3 and r.lease_until is null
    for update of r skip locked
),
gone as (
    delete from live where ctid = any (array (select place from late))
    returning *
),
told as (
    insert into finished (
        tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, finished_at, attempt, max_attempts,
        lease, cancel_requested_at, replay_of, expires_at, planned_at)
    select tenant_id, id, job_id, type, queue, priority, 'expired', 'expired', due_at, queued_at, $3, attempt, max_attempts,
           lease, cancel_requested_at, replay_of, expires_at, planned_at
    from gone
)
select tenant_id::text, id::text, type, has_children is not null from gone
