-- The given runs, live or over, without their results. Primary key; indexes finished_run, finished_kept_run.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.attempt, r.max_attempts, r.lease,
       r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until, r.cancel_requested_at, r.progress, null, r.error, r.cause,
       r.replay_of::text, r.expires_at, r.planned_at
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select * from live_runs as l where l.tenant_id = asked.tenant_id and l.id = asked.id
    union all
    select * from ended_runs as e where e.tenant_id = asked.tenant_id and e.id = asked.id) as r
