-- All job types, by name. Primary key.
select name, policy, schema, description from job_types order by name
