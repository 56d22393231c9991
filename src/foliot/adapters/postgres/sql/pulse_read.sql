-- Of the leases that are still held: the run, and whether it is to be cancelled. Primary key.
select r.id::text, r.cancel_requested_at is not null
from unnest($1::uuid[], $2::uuid[], $3::integer[]) as held (tenant_id, id, lease)
join live as r on r.tenant_id = held.tenant_id and r.id = held.id
where r.lease = held.lease and r.lease_until is not null
