-- Lets runs wait, as if, for whom the runs waited that they replay. Index links_to.
insert into links (tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id)
select l.tenant_id, l.parent_id, asked.new_id, l.wait_for, l.join_by, l.parent_job_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as asked (tenant_id, id, new_id)
cross join lateral (
    select * from links
    where tenant_id = asked.tenant_id and child_id = asked.id and parent_job_id is not null offset 0) as l
