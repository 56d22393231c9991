-- Stores an API key.
insert into api_keys (id, tenant_id, name, role, prefix, hash, created_at)
values (:id, :tenant_id, :name, :role, :prefix, :hash, :created_at)
