-- Those of the given runs that are not due yet; they are locked, in the order of the batch. Primary key.
-- That no `state` is named tempts no other index.
select r.tenant_id::text, r.id::text, r.state
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
where r.queued_at is null and r.lease_until is null
for update of r
