-- The events appended to a job itself, oldest first. Index events_job.
select id::text, tenant_id::text, job_id::text, run_id::text, type, at, data
from past_events where run_id is null and tenant_id = $1 and job_id = $2
order by past_events.id
