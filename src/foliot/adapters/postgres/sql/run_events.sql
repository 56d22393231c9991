-- The events appended to a run, oldest first; none once it is forgotten, though their piece is younger than its own.
-- Primary key; indexes events_run, events_kept_run, finished_run, finished_kept_run.
select id::text, tenant_id::text, job_id::text, run_id::text, type, at, data
from past_events
where run_id is not null and tenant_id = $1 and run_id = $2
  and (exists (select from live as r where r.tenant_id = $1 and r.id = $2 offset 0)
    or exists (select from ended_runs as r where r.tenant_id = $1 and r.id = $2 offset 0))
order by past_events.id
