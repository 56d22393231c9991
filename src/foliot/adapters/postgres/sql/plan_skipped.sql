-- Occurrences that a policy chose not to run go straight to the history.
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, attempt, max_attempts, lease, planned_at)
select tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, 0, max_attempts, 0, planned_at
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
            $9::timestamptz[], $10::timestamptz[], $11::integer[], $12::timestamptz[])
    as s (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, max_attempts, planned_at)
