-- Moves blocked runs on, which this transaction has locked: they wait for fewer parents, or for their time, or are queued.
-- Primary key.
update live as r set state = s.state, waits_for = s.waits_for, due_at = s.due_at, queued_at = s.queued_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[], $6::timestamptz[])
    as s (tenant_id, id, state, waits_for, due_at, queued_at)
where r.tenant_id = s.tenant_id and r.id = s.id
