-- Which of the given jobs are stored. Primary key.
select j.id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join jobs as j on j.tenant_id = asked.tenant_id and j.id = asked.id
