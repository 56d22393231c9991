-- Jobs that exclude a calendar and have not ended, in the order of their ids, with their last occurrences. Index
-- jobs_excluding; primary keys.
select j.id::text, j.tenant_id::text, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts,
       j.next_at, j.planned, j.created_at, j.state, j.parents, j.decided, j.revision, j.root_id::text,
       (select o.planned_at from occurrences as o where o.job_id = j.id order by o.planned_at desc limit 1) as last
from jobs as j
where j.tenant_id = $1 and j.id > $2 and j.next_at is not null and json_array_length(j.schedule -> 'exclude') > 0
  and exists (select from json_array_elements_text(j.schedule -> 'exclude') as e where e = $3)
order by j.id limit $4
