-- Recurring jobs with a planned instant that has come, oldest first, with the policy of their types and some of their live
-- runs. Index jobs_next; live_job; primary keys.
select json_group_array(json_array(json(document), payload, json(policy), json(remote_policy), json(live)))
from (
    select d.document, d.payload, (
        select t.policy from job_types as t where t.tenant_id = '' and t.name = j.type) as policy, (
        select t.policy from job_types as t where t.tenant_id = j.tenant_id and t.name = j.type) as remote_policy, (
        select json_group_array(json_array(r.id, r.state)) from (
            select id, state from live
            where tenant_id = j.tenant_id and job_id = j.id and job_id <> id limit :most) as r) as live
    from jobs as j cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.next_at is not null and j.state = 'active' and j.next_at <= :now
    order by j.next_at limit :limit)
