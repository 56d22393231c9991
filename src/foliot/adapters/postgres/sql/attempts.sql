-- The attempts of a run that were followed by another, oldest first; none once it is forgotten, though their piece is
-- younger than its own. Primary key; indexes attempts_run, attempts_kept_run, finished_run, finished_kept_run.
select run_id::text, number, lease, worker, state, due_at, queued_at, started_at, ended_at, cause, error, retry_at
from past_attempts
where tenant_id = $1 and run_id = $2
  and (exists (select from live as r where r.tenant_id = $1 and r.id = $2 offset 0)
    or exists (select from ended_runs as r where r.tenant_id = $1 and r.id = $2 offset 0))
order by lease
