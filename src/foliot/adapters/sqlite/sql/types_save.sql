-- Registers job types. :rows is a JSON array with an array for each.
insert into job_types (tenant_id, name, policy, schema, description, updated_at)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]'
from json_each(:rows) where true
on conflict (tenant_id, name) do update
set policy = excluded.policy, schema = excluded.schema, description = excluded.description,
    updated_at = excluded.updated_at
