-- How the newest runs of the given jobs stand. Primary key; indexes live_job, finished_run, finished_job.
select asked.job_id::text, r.id::text, r.type, r.state
from unnest($2::uuid[]) as asked (job_id)
cross join lateral (
    select * from (
        (select id, type, state from live_runs where tenant_id = $1 and id = asked.job_id limit 1)
        union all
        (select id, type, state from live_runs
         where tenant_id is not distinct from $1 and job_id = asked.job_id and job_id <> id order by id desc limit 1)
        union all
        (select id, type, state from ended_runs where tenant_id = $1 and id = asked.job_id limit 1)
        union all
        (select id, type, state from ended_runs
         where tenant_id is not distinct from $1 and job_id = asked.job_id and job_id <> id order by id desc limit 1)) as newest
    order by id desc limit 1) as r
