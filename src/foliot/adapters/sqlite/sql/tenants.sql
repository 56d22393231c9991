-- All tenants, oldest first. Primary key.
select json_group_array(json_object('id', id, 'name', name, 'created_at', created_at))
from (select * from tenants order by id)
