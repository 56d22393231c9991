-- Occurrences of a job and what became of them, the earliest first. Primary keys; index finished_run.
select o.planned_at, o.fate, o.run_id is not null, r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority,
       r.state, r.due_at, r.attempt, r.max_attempts, r.lease, r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until,
       r.cancel_requested_at, r.progress, null, r.error, r.cause, r.replay_of::text, r.expires_at, r.planned_at
from (
    select planned_at, fate, run_id from occurrences
    where job_id = $2 and planned_at >= $3 and planned_at < $4
      and exists (select from jobs where tenant_id = $1 and id = $2)
    order by planned_at limit $5) as o
left join lateral (
    select * from live_runs where tenant_id = $1 and id = o.run_id
    union all
    select * from ended_runs where tenant_id = $1 and id = o.run_id) as r on true
order by o.planned_at
