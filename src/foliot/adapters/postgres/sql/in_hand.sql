-- The remote runs of leases that are held, and what is needed to end their attempts. Primary keys.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.attempt, r.max_attempts, r.lease,
       r.started_at, r.cancel_requested_at, j.overrides
from unnest($1::uuid[], $2::uuid[], $3::integer[]) as held (tenant_id, id, lease)
join live as r on r.tenant_id = held.tenant_id and r.id = held.id
cross join lateral (select overrides from jobs where tenant_id = r.tenant_id and id = r.job_id offset 0) as j
where r.lease = held.lease and r.lease_until is not null and r.remote is not null
