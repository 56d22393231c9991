-- Registers job types.
insert into job_types (tenant_id, name, policy, schema, description, updated_at)
select * from unnest($1::uuid[], $2::text[], $3::json[], $4::json[], $5::text[], $6::timestamptz[])
on conflict (tenant_id, name) do update
set policy = excluded.policy, schema = excluded.schema, description = excluded.description,
    updated_at = excluded.updated_at
