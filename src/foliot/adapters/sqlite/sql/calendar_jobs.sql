-- Jobs that exclude a calendar and have not ended, in the order of their ids, with their last occurrences. Index
-- jobs_excluding; primary keys.
select json_group_array(json_array(json(document), state, payload, last))
from (
    select d.document, d.state, d.payload, (select max(o.planned_at) from occurrences as o where o.job_id = j.id) as last
    from jobs as j cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.tenant_id = :tenant_id and j.id > :after and j.next_at is not null
      and json_array_length(j.schedule, '$.exclude') > 0
      and exists (select 1 from json_each(j.schedule, '$.exclude') as e where e.value = :name)
    order by j.id limit :limit)
