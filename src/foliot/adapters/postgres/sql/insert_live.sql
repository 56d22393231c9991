-- Stores runs that are not over.
insert into live (tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts, replay_of,
                  waits_for, has_children, expires_at, planned_at, remote)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::timestamptz[],
                     $9::timestamptz[], $10::integer[], $11::uuid[], $12::integer[], $13::boolean[], $14::timestamptz[],
                     $15::timestamptz[], $16::boolean[])
