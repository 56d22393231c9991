-- Those of the given runs that are queued, in time, and of the wanted types, in their order, each once. Primary key.
select json_group_array(distinct r.rowid)
from json_each(:rows) as c
cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
where r.state = 'queued' and (r.expires_at is null or r.expires_at > :now) and (:types is null or r.type in (select value from json_each(:types)))
