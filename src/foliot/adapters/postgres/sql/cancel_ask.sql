-- Asks the workers of running runs to stop. Primary key.
update live as r set cancel_requested_at = asked.at
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as asked (tenant_id, id, at)
where r.tenant_id = asked.tenant_id and r.id = asked.id and r.lease_until is not null and r.cancel_requested_at is null
