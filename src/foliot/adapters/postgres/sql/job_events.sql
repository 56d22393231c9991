-- The events appended to a job itself, oldest first; none once it is forgotten, though their piece is younger.
-- Primary key; indexes events_job, events_kept_job.
select id::text, tenant_id::text, job_id::text, run_id::text, type, at, data
from past_events
where run_id is null and tenant_id = $1 and job_id = $2
  and exists (select from jobs as j where j.tenant_id = $1 and j.id = $2 offset 0)
order by past_events.id
