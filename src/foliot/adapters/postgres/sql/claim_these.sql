-- Leases those of the given runs that are queued (they have been, and nobody has a lease) in time, and of the wanted types.
-- That no `state` is named tempts no index but the primary key.
with leased as (
    update live as r
    set state = 'running', attempt = attempt + 1, lease = lease + 1, worker = $4, started_at = $5, lease_until = $6
    from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
    where r.tenant_id = asked.tenant_id and r.id = asked.id and r.queued_at is not null and r.lease_until is null
      and (r.expires_at is null or r.expires_at > $5) and ($3::text[] is null or r.type = any ($3))
    returning r.*
)
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, j.payload, r.due_at, r.attempt,
       r.max_attempts, r.lease, j.overrides, j.parents, r.planned_at
from leased as r
join jobs as j on j.tenant_id = r.tenant_id and j.id = r.job_id
