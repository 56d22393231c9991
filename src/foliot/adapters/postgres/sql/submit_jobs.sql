-- Stores jobs.
insert into jobs (
    tenant_id, id, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, created_at, state, next_at, parents,
    decided, root_id)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::json[], $8::json[],
                     $9::json[], $10::integer[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::json[], $15::json[],
                     $16::uuid[])
