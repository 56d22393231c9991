-- Makes waiting runs follow their jobs, which this transaction has locked. Primary key.
-- Also a run that stays as it is gets a new version: a claim that began before leaves it, and the next reads the new payload.
update live as r
set queue = e.queue, priority = e.priority, max_attempts = e.max_attempts, state = e.state, due_at = e.due_at,
    queued_at = e.queued_at, expires_at = e.expires_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::integer[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[])
    as e (tenant_id, id, queue, priority, max_attempts, state, due_at, queued_at, expires_at)
where r.tenant_id = e.tenant_id and r.id = e.id
