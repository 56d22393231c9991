-- Queues runs whose time has come, oldest first. Index live_waiting.
with due as materialized (
    select tenant_id, id from live
    where state in ('pending', 'retrying') and due_at <= $1
    order by due_at limit $2
    for update skip locked
)
update live as r set state = 'queued', queued_at = $1
from due
where r.tenant_id = due.tenant_id and r.id = due.id
returning r.id::text, r.tenant_id::text, r.type, r.queue, r.priority
