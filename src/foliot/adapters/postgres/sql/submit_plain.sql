-- Stores jobs that are due at once, with their runs: each run carries its job's id, type, queue and priority.
with stored as (
    insert into jobs (tenant_id, id, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, state, created_at)
    select tenant_id, id, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, 'active', created_at
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::json[], $8::json[], $9::json[],
                $10::integer[], $11::timestamptz[])
        as j (tenant_id, id, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, created_at)
    returning tenant_id, id, type, queue, priority, max_attempts, created_at
)
insert into live (tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts)
select tenant_id, id, id, type, queue, priority, 'queued', created_at, created_at, max_attempts from stored
