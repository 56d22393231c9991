-- Queues runs whose time has come, oldest first. Index live_waiting.
-- `remote is not null` would be told as true of all here: SQLite 3.40 takes it from the condition of a partial index.
update live set state = 'queued', queued_at = :now
where rowid in (
    select rowid from live where state in ('pending', 'retrying') and due_at <= :now order by due_at limit :limit)
returning id, tenant_id, type, queue, priority, coalesce(remote, 0)
