-- Queues runs whose time has come, oldest first. Index live_waiting.
update live set state = 'queued', queued_at = :now
where rowid in (
    select rowid from live where state in ('pending', 'retrying') and due_at <= :now order by due_at limit :limit)
returning id, tenant_id, type, queue, priority, remote is not null
