-- How the given live runs stand. Primary key.
select json_group_array(json_array(r.tenant_id, r.id, r.state))
from json_each(:rows) as c
cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
