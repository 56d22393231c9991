-- A tenant's dead letters, newest first. Primary key; index finished_run.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.attempt, r.max_attempts, r.lease,
       r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until, r.cancel_requested_at, r.progress, null, r.error, r.cause, r.replay_of::text, r.expires_at, r.planned_at
from dead_letters as d
cross join lateral (select * from ended_runs as r where r.tenant_id = d.tenant_id and r.id = d.run_id limit 1) as r
where d.tenant_id = $1 and d.run_id < $2
  and ($4::text is null or d.type = $4) and ($5::text is null or d.queue = $5) and ($6::uuid is null or r.job_id = $6)
order by d.run_id desc limit $3
