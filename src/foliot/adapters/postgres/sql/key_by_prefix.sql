-- The key with a public prefix. Unique index on prefix.
select id::text, tenant_id::text, name, role, prefix, hash, created_at, revoked_at from api_keys where prefix = $1
