-- The job types of two tenants, of which one is nobody. Primary key.
select tenant_id::text, name, policy, schema, description from job_types where tenant_id = $1 or tenant_id = $2 order by name
