-- What a claim has leased of which nobody heard: by its worker, its instant and the end of its leases; what a worker
-- outside has claimed only within its tenant. Index live_leased.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, j.payload, r.due_at, r.attempt,
       r.max_attempts, r.lease, j.overrides, j.parents, r.planned_at
from (
    select * from live
    where state = 'running' and lease_until = $3 and worker = $1 and started_at = $2
      and ($5::uuid is null and remote is null or remote is not null and tenant_id = $5)
    order by lease_until limit $4) as r
cross join lateral (
    select payload, overrides, parents from jobs where tenant_id = r.tenant_id and id = r.job_id offset 0) as j
