-- Recurring jobs with a planned instant that has come, oldest first, with the policy of their types and some of their live
-- runs. Index jobs_next; live_job; primary keys.
select j.id::text, j.tenant_id::text, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts,
       j.next_at, j.planned, j.created_at, j.state, j.parents, j.decided, j.revision, j.root_id::text,
       (select t.policy from job_types as t
        where t.tenant_id = '00000000-0000-0000-0000-000000000000' and t.name = j.type) as policy,
       (select t.policy from job_types as t where t.tenant_id = j.tenant_id and t.name = j.type) as remote_policy,
       array (
           select r.id || ' ' || r.state from live as r
           where r.tenant_id is not distinct from j.tenant_id and r.job_id = j.id and r.job_id <> r.id limit $3) as live
from jobs as j
where j.next_at is not null and j.state = 'active' and j.next_at <= $1
order by j.next_at limit $2
