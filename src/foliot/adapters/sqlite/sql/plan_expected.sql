-- Which of the planned occurrences are still expected. Primary key.
select json_group_array(p.key)
from json_each(:rows) as p
cross join jobs as j on j.tenant_id = p.value ->> '$[0]' and j.id = p.value ->> '$[1]'
where j.next_at = p.value ->> '$[2]' and j.revision = p.value ->> '$[6]' and j.state = 'active'
