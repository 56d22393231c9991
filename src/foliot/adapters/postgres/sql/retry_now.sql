-- Makes waiting runs due, which this transaction has locked. Primary key.
update live as r set state = 'queued', due_at = $3, queued_at = $3
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
where r.tenant_id = asked.tenant_id and r.id = asked.id
