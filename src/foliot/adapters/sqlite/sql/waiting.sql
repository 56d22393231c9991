-- Queued runs of a queue and priority that a broker must have lost, oldest first. Index live_ready.
select id, tenant_id, type, queue, priority, false, due_at
from live
where state = 'queued' and remote is null and queue = :queue and priority = :priority and (due_at, id) > (:due_at, :run_id)
  and due_at < :before and queued_at < :before and type not in (select value from json_each(:other_than))
order by due_at, id limit :limit
