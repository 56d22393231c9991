-- One run, live or over. Primary key; index finished_run.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.attempt, r.max_attempts, r.lease,
       r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until, r.cancel_requested_at, r.progress, r.result, r.error, r.cause,
       r.replay_of::text, r.expires_at, r.planned_at
from (select * from live_runs union all select * from ended_runs) as r
where r.tenant_id = $1 and r.id = $2
limit 1
