-- The ids of a job's runs that are not over. Primary key; index live_job.
select id::text from live where tenant_id = $1 and id = $2
union all
select id::text from live where tenant_id is not distinct from $1 and job_id = $2 and job_id <> id
