-- Runs that have not started in time, the first to expire first, and whether they have children. Index live_expiring.
select json_group_array(json_array(tenant_id, id, expires_at, type, has_children is not null))
from (
    select * from live
    where expires_at is not null and state in ('blocked', 'pending', 'queued') and expires_at <= :now
    order by expires_at limit :limit)
