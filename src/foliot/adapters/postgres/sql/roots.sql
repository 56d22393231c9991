-- Those of the given jobs that recur, or come after one that does: after which one, whether it may still have runs, and how
-- many jobs come after it. Primary key; index jobs_root.
select j.id::text, coalesce(j.root_id, j.id)::text,
       j.state in ('active', 'paused') and exists (
           select from jobs as root
           where root.tenant_id = j.tenant_id and root.id = coalesce(j.root_id, j.id) and root.next_at is not null offset 0),
       (select count(*) from (
           select from jobs as d
           where d.tenant_id is not distinct from j.tenant_id and d.root_id = coalesce(j.root_id, j.id) and d.root_id is not null
           limit $3) as counted)
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select * from jobs where tenant_id = asked.tenant_id and id = asked.id offset 0) as j
where j.root_id is not null or j.schedule ->> 'kind' <> 'at'
