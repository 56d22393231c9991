-- Which jobs wait for the given ones. Primary key.
select json_group_array(json_array(l.tenant_id, l.parent_id, l.child_id, l.wait_for, l.join_by, l.parent_job_id))
from json_each(:rows) as p
cross join links as l on l.tenant_id = p.value ->> '$[0]' and l.parent_id = p.value ->> '$[1]'
