-- Those of the given jobs that recur and have not ended, without a lock. Primary key.
select j.tenant_id::text, j.id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join jobs as j on j.tenant_id = asked.tenant_id and j.id = asked.id
where j.next_at is not null and j.state in ('active', 'paused')
