-- The ids of the runs of jobs that no worker has in hand. Primary key; index live_job.
select r.tenant_id::text, r.id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select l.tenant_id, l.id from live as l
    where l.tenant_id = asked.tenant_id and l.id = asked.id and l.lease_until is null
    union all
    select l.tenant_id, l.id from live as l
    where l.tenant_id is not distinct from asked.tenant_id and l.job_id = asked.id and l.job_id <> l.id
      and l.lease_until is null) as r
