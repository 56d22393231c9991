-- Lets runs wait, as if, for whom the runs waited that they replay. Index links_to.
insert into links (tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id)
select l.tenant_id, l.parent_id, c.value ->> '$[2]', l.wait_for, l.join_by, l.parent_job_id
from json_each(:rows) as c
cross join links as l
where l.tenant_id = c.value ->> '$[0]' and l.child_id = c.value ->> '$[1]' and l.parent_job_id is not null
