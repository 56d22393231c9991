-- A tenant's keys, oldest first. Index api_keys_tenant.
select json_group_array(json_object(
    'id', id, 'tenant_id', tenant_id, 'name', name, 'role', role, 'prefix', prefix, 'hash', hash,
    'created_at', created_at, 'revoked_at', revoked_at))
from (select * from api_keys where tenant_id = :tenant_id order by id)
