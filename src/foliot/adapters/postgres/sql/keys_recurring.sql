-- Those of the given jobs that recur, or come after one that does, and have not ended, without a lock. Primary key.
select j.tenant_id::text, j.id::text
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join jobs as j on j.tenant_id = asked.tenant_id and j.id = asked.id
where j.state in ('active', 'paused') and exists (
    select from jobs as root
    where root.tenant_id = j.tenant_id and root.id = coalesce(j.root_id, j.id) and root.next_at is not null offset 0)
