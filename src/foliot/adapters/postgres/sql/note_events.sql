-- What running attempts say becomes events, if their lease is held. Primary key of live.
insert into events (tenant_id, job_id, run_id, id, type, at, data)
select r.tenant_id, r.job_id, r.id, n.event_id, n.type, n.at, n.data
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::timestamptz[], $7::json[])
    as n (tenant_id, id, lease, event_id, type, at, data)
join live as r on r.tenant_id = n.tenant_id and r.id = n.id
where r.lease = n.lease and r.lease_until is not null
