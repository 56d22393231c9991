-- Notes of live runs, which this transaction has locked, that they have children from now on. Primary key.
update live as r set has_children = true
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
where r.tenant_id = asked.tenant_id and r.id = asked.id and r.has_children is null
