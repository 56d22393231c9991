-- Which of the given runs are dead letters. Primary key.
select json_group_array(json_array(d.tenant_id, d.run_id))
from json_each(:rows) as c
cross join dead_letters as d on d.tenant_id = c.value ->> '$[0]' and d.run_id = c.value ->> '$[1]'
