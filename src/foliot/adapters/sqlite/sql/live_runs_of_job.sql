-- The ids of a job's runs that are not over. Primary key; index live_job.
select json_group_array(id)
from (
    select id from live where tenant_id = :tenant_id and id = :job_id
    union all
    select id from live where tenant_id = :tenant_id and job_id = :job_id and job_id <> id)
