-- All job types, by name. Primary key.
select json_group_array(json_object(
    'name', name, 'policy', json(policy), 'schema', json(schema), 'description', description))
from (select * from job_types order by name)
