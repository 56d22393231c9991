-- Recurring jobs with a planned instant that has come, oldest first. Index jobs_next; live_job.
select j.id::text, j.tenant_id::text, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts,
       j.next_at, j.planned, j.created_at, j.state, j.parents, exists (
           select from live as r
           where r.tenant_id is not distinct from j.tenant_id and r.job_id = j.id and r.job_id <> r.id offset 0) as has_live_run
from jobs as j
where j.next_at is not null and j.state = 'active' and j.next_at <= $1
order by j.next_at limit $2
