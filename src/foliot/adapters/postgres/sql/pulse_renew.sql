-- Renews leases that are still held, but for runs that somebody has locked; tells the same of all of them as pulse_read,
-- and of each whether it was renewed. Primary key.
with held as materialized (
    select * from unnest($1::uuid[], $2::uuid[], $3::integer[]) as held (tenant_id, id, lease)
),
free as materialized (
    select r.ctid as place
    from held join live as r on r.tenant_id = held.tenant_id and r.id = held.id
    where r.lease = held.lease and r.lease_until is not null
    for update of r skip locked
),
renewed as (
    update live set lease_until = $4
    where ctid = any (array (select place from free))
    returning id, cancel_requested_at
)
select r.id::text, r.cancel_requested_at is not null, false
from held join live as r on r.tenant_id = held.tenant_id and r.id = held.id
where r.lease = held.lease and r.lease_until is not null
union all
select id::text, cancel_requested_at is not null, true from renewed
