-- Registers job types.
insert into job_types (name, policy, schema, description, updated_at)
select * from unnest($1::text[], $2::json[], $3::json[], $4::text[], $5::timestamptz[])
on conflict (name) do update
set policy = excluded.policy, schema = excluded.schema, description = excluded.description,
    updated_at = excluded.updated_at
