-- The key with a public prefix. Unique index on prefix.
select json_object(
    'id', id, 'tenant_id', tenant_id, 'name', name, 'role', role, 'prefix', prefix, 'hash', hash,
    'created_at', created_at, 'revoked_at', revoked_at)
from api_keys where prefix = :prefix
