-- Running runs whose lease has run out, oldest first. Index live_leased.
select id::text, tenant_id::text, lease, attempt, max_attempts, worker, type, queue, priority, cancel_requested_at is not null,
       remote is not null
from live
where state = 'running' and lease_until < $1
order by lease_until limit $2
