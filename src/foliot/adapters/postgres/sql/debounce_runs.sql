-- Debounced runs, which this transaction has locked, are put off. Primary key.
update live as r
set queue = d.queue, priority = d.priority, due_at = d.due_at, max_attempts = d.max_attempts, expires_at = d.expires_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[], $6::integer[], $7::timestamptz[])
    as d (tenant_id, id, queue, priority, due_at, max_attempts, expires_at)
where r.tenant_id = d.tenant_id and r.id = d.id
