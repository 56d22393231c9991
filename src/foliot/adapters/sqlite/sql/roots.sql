-- Those of the given jobs that recur, or come after one that does: after which one, whether it may still have runs, and how
-- many jobs come after it. Primary key; index jobs_root.
select json_group_array(json_array(
    j.id, coalesce(j.root_id, j.id), root.next_at is not null and j.state in ('active', 'paused'), (
        select count(*) from (
            select 1 from jobs as d
            where d.tenant_id = j.tenant_id and d.root_id = coalesce(j.root_id, j.id) and d.root_id is not null limit :most))))
from json_each(:job_ids) as c
cross join jobs as j on j.tenant_id = :tenant_id and j.id = c.value
left join jobs as root on root.tenant_id = j.tenant_id and root.id = coalesce(j.root_id, j.id)
where j.root_id is not null or j.schedule ->> '$.kind' <> 'at'
