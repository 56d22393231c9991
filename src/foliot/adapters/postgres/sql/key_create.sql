-- Stores an API key.
insert into api_keys (id, tenant_id, name, role, prefix, hash, created_at) values ($1, $2, $3, $4, $5, $6, $7)
