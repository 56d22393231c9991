-- Whether a job recurs, or comes after one that does, and has not ended. Primary key.
select 1
from jobs as j cross join jobs as root on root.tenant_id = j.tenant_id and root.id = coalesce(j.root_id, j.id)
where j.tenant_id = :tenant_id and j.id = :job_id and root.next_at is not null and j.state in ('active', 'paused')
