-- Takes a key's power away. Primary key.
update api_keys set revoked_at = coalesce(revoked_at, :at) where id = :key_id and tenant_id = :tenant_id
