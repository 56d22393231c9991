-- The attempts of a run that were followed by another, oldest first. Index attempts_run.
select run_id::text, number, lease, worker, state, due_at, queued_at, started_at, ended_at, cause, error, retry_at
from past_attempts where tenant_id = $1 and run_id = $2
order by lease
