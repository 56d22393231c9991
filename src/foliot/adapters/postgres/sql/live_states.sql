-- How the given live runs stand, without a lock. Primary key.
select r.tenant_id::text, r.id::text, r.state
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
