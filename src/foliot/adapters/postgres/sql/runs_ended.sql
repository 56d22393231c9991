-- A tenant's runs that are over, newest first. Index finished_run.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.attempt, r.max_attempts, r.lease,
       r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until, r.cancel_requested_at, r.progress, null, r.error, r.cause, r.replay_of::text, r.expires_at, r.planned_at
from ended_runs as r
where r.tenant_id = $1 and r.id < $2
  and ($4::text is null or r.state = $4) and ($5::text is null or r.type = $5) and ($6::text is null or r.queue = $6)
  and ($7::smallint is null or r.priority = $7)
order by r.id desc limit $3
