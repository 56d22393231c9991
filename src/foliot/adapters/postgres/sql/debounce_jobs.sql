-- What debounced jobs do is replaced; this transaction has locked their runs. Primary key.
update jobs as j
set queue = d.queue, priority = d.priority, payload = d.payload, schedule = d.schedule, overrides = d.overrides,
    max_attempts = d.max_attempts
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::json[], $6::json[], $7::json[], $8::integer[])
    as d (tenant_id, id, queue, priority, payload, schedule, overrides, max_attempts)
where j.tenant_id = d.tenant_id and j.id = d.id
