-- Makes waiting runs follow their job. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed
set queue = c.queue, priority = c.priority, max_attempts = c.max_attempts, state = c.state, due_at = c.due_at,
    queued_at = c.queued_at, expires_at = c.expires_at
from (
    select r.rowid as target, c.value ->> '$[2]' as queue, c.value ->> '$[3]' as priority, c.value ->> '$[4]' as max_attempts,
           c.value ->> '$[5]' as state, c.value ->> '$[6]' as due_at, c.value ->> '$[7]' as queued_at,
           c.value ->> '$[8]' as expires_at
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    limit -1) as c
where live.rowid = c.target
