-- Whom the given runs wait, or waited, for, of jobs that come after a recurring one. Index links_to.
select json_group_array(json_array(l.tenant_id, l.parent_id, l.child_id, l.wait_for, l.join_by, l.parent_job_id))
from json_each(:rows) as c
cross join links as l
where l.tenant_id = c.value ->> '$[0]' and l.child_id = c.value ->> '$[1]' and l.parent_job_id is not null
