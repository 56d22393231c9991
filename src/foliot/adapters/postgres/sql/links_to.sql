-- Whom the given runs wait, or waited, for, of jobs that come after a recurring one. Index links_to.
select l.tenant_id::text, l.parent_id::text, l.child_id::text, l.wait_for, l.join_by, l.parent_job_id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select * from links
    where tenant_id = asked.tenant_id and child_id = asked.id and parent_job_id is not null offset 0) as l
