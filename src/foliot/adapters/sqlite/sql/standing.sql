-- How the given runs stand, live or over. Primary key; index finished_run.
select json_group_array(json_array(tenant_id, id, type, state))
from (
    select r.tenant_id, r.id, r.type, r.state
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    union all
    select f.tenant_id, f.id, f.type, f.state
    from json_each(:rows) as c
    cross join finished as f on f.tenant_id = c.value ->> '$[0]' and f.id = c.value ->> '$[1]')
