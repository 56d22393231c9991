-- Queued runs of a queue and priority that a broker must have lost, oldest first. Index live_ready.
select id::text, tenant_id::text, type, queue, priority, false, due_at
from live
where state = 'queued' and remote is null and queue = $1 and priority = $2 and (due_at, id) > ($3, $4) and due_at < $5 and queued_at < $5
  and type <> all ($6::text[])
order by due_at, live.id limit $7
