-- Those of the given runs that still wait; they are locked, in the order of the batch. Primary key.
select r.tenant_id::text, r.id::text, r.job_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.queued_at,
       r.max_attempts, r.lease, r.expires_at
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
where r.lease_until is null
for update of r
