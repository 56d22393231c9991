-- Active jobs that recur by the clocks of a zone, in the order of their next planned instants, with their last ones.
-- Index jobs_next; primary keys.
select json_group_array(json_array(json(document), payload, last))
from (
    select d.document, d.payload, (select max(o.planned_at) from occurrences as o where o.job_id = j.id) as last
    from jobs as j cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.next_at is not null and j.state = 'active' and (j.next_at, j.id) > (:next_at, :job_id)
      and j.schedule ->> '$.kind' in ('cron', 'rrule')
    order by j.next_at, j.id limit :limit)
