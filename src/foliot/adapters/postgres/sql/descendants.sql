-- Jobs that come after the given recurring ones, with whether workers outside do them. Index jobs_root; primary keys.
select j.id::text, j.tenant_id::text, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts,
       j.next_at, j.planned, j.created_at, j.state, j.parents, j.decided, j.revision, j.root_id::text,
       (select true from job_types as t
        where t.tenant_id = '00000000-0000-0000-0000-000000000000' and t.name = j.type) is null
       and (select true from job_types as t where t.tenant_id = j.tenant_id and t.name = j.type) is not null as is_remote
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select * from jobs
    where tenant_id is not distinct from asked.tenant_id and root_id = asked.id and root_id is not null and state = 'active'
    offset 0) as j
