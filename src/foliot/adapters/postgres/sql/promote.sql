-- Queues runs whose time has come, oldest first. Index live_waiting.
with due as materialized (
    select ctid as place from live
    where state in ('pending', 'retrying') and due_at <= $1
    order by due_at limit $2
    for update skip locked
)
update live set state = 'queued', queued_at = $1
where ctid = any (array (select place from due))
returning id::text, tenant_id::text, type, queue, priority, remote is not null
