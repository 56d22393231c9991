-- Active jobs that recur by the clocks of a zone, in the order of their next planned instants, and since when nothing else of
-- them is planned. Index jobs_next; primary keys; indexes events_job, events_kept_job.
select j.id::text, j.tenant_id::text, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts,
       j.next_at, j.planned, j.created_at, j.state, j.parents, j.decided, j.revision, j.root_id::text,
       greatest(
           (select o.planned_at from occurrences as o where o.job_id = j.id order by o.planned_at desc limit 1),
           (select max(e.at) from events as e
            where e.run_id is null and e.tenant_id = j.tenant_id and e.job_id = j.id
              and e.type in ('job.resumed', 'job.updated')),
           (select max(e.at) from events_kept as e
            where e.run_id is null and e.tenant_id = j.tenant_id and e.job_id = j.id
              and e.type in ('job.resumed', 'job.updated'))) as since
from jobs as j
where j.next_at is not null and j.state = 'active' and (j.next_at, j.id) > ($1, $2::uuid)
  and j.schedule ->> 'kind' in ('cron', 'rrule')
order by j.next_at, j.id limit $3
