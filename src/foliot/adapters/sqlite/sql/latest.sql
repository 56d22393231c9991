-- How the newest runs of the given jobs stand. Primary key; indexes live_job, finished_run, finished_job.
select json_group_array(json_array(job_id, run ->> '$[0]', run ->> '$[1]', run ->> '$[2]'))
from (
    select c.value as job_id, (
        select json_array(id, type, state) from (
            select id, type, state from live where tenant_id = :tenant_id and id = c.value
            union all
            select * from (
                select id, type, state from live
                where tenant_id = :tenant_id and job_id = c.value and job_id <> id order by id desc limit 1)
            union all
            select id, type, state from finished where tenant_id = :tenant_id and id = c.value
            union all
            select * from (
                select id, type, state from finished
                where tenant_id = :tenant_id and job_id = c.value and job_id <> id order by id desc limit 1))
        order by id desc limit 1) as run
    from json_each(:job_ids) as c)
where run is not null
