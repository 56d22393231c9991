-- The job types of the system and of a tenant, by name. Primary key.
select json_group_array(json_object(
    'tenant_id', tenant_id, 'name', name, 'policy', json(policy), 'schema', json(schema), 'description', description))
from (select * from job_types where tenant_id in ('', :tenant_id) order by name)
