-- Takes a key's power away. Primary key.
update api_keys set revoked_at = coalesce(revoked_at, $3) where id = $2 and tenant_id = $1
