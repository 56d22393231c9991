-- Whom the given runs wait, or waited, for, of jobs that come after a recurring one. Index links_to.
select l.tenant_id::text, l.parent_id::text, l.child_id::text, l.wait_for, l.join_by, l.parent_job_id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join links as l on l.tenant_id = asked.tenant_id and l.child_id = asked.id and l.parent_job_id is not null
