-- Those of the given jobs that recur, or come after one that does: after which one, whether it may still have runs, and how
-- many jobs come after it. Primary key; index jobs_root.
select j.id::text, coalesce(j.root_id, j.id)::text, coalesce(root.next_at is not null, false) and j.state in ('active', 'paused'),
       (select count(*) from (
           select from jobs as d
           where d.tenant_id = j.tenant_id and d.root_id = coalesce(j.root_id, j.id) and d.root_id is not null limit $3) as counted)
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join jobs as j on j.tenant_id = asked.tenant_id and j.id = asked.id
left join jobs as root on root.tenant_id = j.tenant_id and root.id = coalesce(j.root_id, j.id)
where j.root_id is not null or j.schedule ->> 'kind' <> 'at'
