-- Renews leases that are still held; tells the same of them as pulse_read. Primary key.
update live as r set lease_until = $4
from unnest($1::uuid[], $2::uuid[], $3::integer[]) as held (tenant_id, id, lease)
where r.tenant_id = held.tenant_id and r.id = held.id and r.lease = held.lease and r.lease_until is not null
returning r.id::text, r.cancel_requested_at is not null
