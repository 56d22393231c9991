-- Recurring jobs with a planned instant that has come, oldest first. Index jobs_next; live_job.
select json_group_array(json_array(json(document), payload, live))
from (
    select d.document, d.payload, exists (
        select 1 from live as r where r.tenant_id = j.tenant_id and r.job_id = j.id and r.job_id <> r.id) as live
    from jobs as j cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.next_at is not null and j.state = 'active' and j.next_at <= :now
    order by j.next_at limit :limit)
