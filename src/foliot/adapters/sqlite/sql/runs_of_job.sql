-- A job's runs, newest first. Primary key; indexes live_job, finished_run, finished_job.
select json_group_array(json(document))
from (
    select * from (
        select id, state, document from live_runs where tenant_id = :tenant_id and id = :job_id and id < :before
        union all
        select id, state, document from live_runs
        where tenant_id = :tenant_id and job_id = :job_id and job_id <> id and id < :before
        union all
        select id, state, document from ended_runs where tenant_id = :tenant_id and id = :job_id and id < :before
        union all
        select id, state, document from ended_runs
        where tenant_id = :tenant_id and job_id = :job_id and job_id <> id and id < :before)
    where :state is null or state = :state
    order by id desc limit :limit)
