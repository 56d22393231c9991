-- The latest progress of running attempts, if their lease is held. Primary key.
update live as r set progress = n.progress
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::json[]) as n (tenant_id, id, lease, progress)
where r.tenant_id = n.tenant_id and r.id = n.id and r.lease = n.lease and r.lease_until is not null
