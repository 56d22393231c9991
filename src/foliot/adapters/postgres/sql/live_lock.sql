-- How the given live runs stand; they are locked, in the order of the batch. Primary key.
select r.tenant_id::text, r.id::text, r.state
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
for update of r
