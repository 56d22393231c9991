-- Active jobs that recur by the clocks of a zone, in the order of their next planned instants, and since when nothing else of
-- them is planned. Index jobs_next; primary keys; index events_job.
select json_group_array(json_array(json(document), 'active', payload, nullif(since, 0)))
from (
    select d.document, d.payload, max(
        coalesce((select max(o.planned_at) from occurrences as o where o.job_id = j.id), 0),
        coalesce((
            select max(e.at) from events as e
            where e.run_id is null and e.tenant_id = j.tenant_id and e.job_id = j.id
              and e.type in ('job.resumed', 'job.updated')), 0)) as since
    from jobs as j cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.next_at is not null and j.state = 'active' and (j.next_at, j.id) > (:next_at, :job_id)
      and j.schedule ->> '$.kind' in ('cron', 'rrule')
    order by j.next_at, j.id limit :limit)
