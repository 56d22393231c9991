-- The events appended to a run, oldest first. Index events_run.
select id::text, tenant_id::text, job_id::text, run_id::text, type, at, data
from past_events where run_id is not null and tenant_id = $1 and run_id = $2
order by past_events.id
