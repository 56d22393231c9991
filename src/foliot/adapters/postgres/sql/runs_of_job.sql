-- A job's runs, newest first. Primary key; indexes live_job, finished_run, finished_job.
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, r.state, r.due_at, r.attempt, r.max_attempts, r.lease,
       r.queued_at, r.started_at, r.finished_at, r.worker, r.lease_until, r.cancel_requested_at, r.progress, null, r.error, r.cause, r.replay_of::text, r.expires_at, r.planned_at
from (
    (select * from live_runs
     where tenant_id = $1 and id = $4 and id < $2 and ($5::text is null or state = $5) limit 1)
    union all
    (select * from live_runs
     where tenant_id is not distinct from $1 and job_id = $4 and job_id <> id and id < $2 and ($5::text is null or state = $5)
     order by id desc limit $3)
    union all
    (select * from ended_runs
     where tenant_id = $1 and id = $4 and id < $2 and ($5::text is null or state = $5) limit 1)
    union all
    (select * from ended_runs
     where tenant_id is not distinct from $1 and job_id = $4 and job_id <> id and id < $2 and ($5::text is null or state = $5)
     order by id desc limit $3)) as r
order by r.id desc limit $3
