-- Makes jobs otherwise, which this transaction has locked. Primary key.
update jobs as j
set payload = e.payload, schedule = e.schedule, queue = e.queue, priority = e.priority, overrides = e.overrides,
    max_attempts = e.max_attempts, next_at = e.next_at, planned = e.planned, decided = e.decided,
    revision = j.revision + 1
from unnest($1::uuid[], $2::uuid[], $3::json[], $4::json[], $5::text[], $6::smallint[], $7::json[], $8::integer[],
            $9::timestamptz[], $10::integer[], $11::json[])
    as e (tenant_id, id, payload, schedule, queue, priority, overrides, max_attempts, next_at, planned, decided)
where j.tenant_id = e.tenant_id and j.id = e.id
