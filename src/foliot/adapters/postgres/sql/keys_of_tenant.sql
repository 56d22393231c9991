-- A tenant's keys, oldest first. Index api_keys_tenant.
select id::text, tenant_id::text, name, role, prefix, hash, created_at, revoked_at from api_keys where tenant_id = $1
order by api_keys.id
