-- Which jobs wait for the given ones. Primary key.
select l.tenant_id::text, l.parent_id::text, l.child_id::text, l.wait_for, l.join_by, l.parent_job_id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join links as l on l.tenant_id = asked.tenant_id and l.parent_id = asked.id
