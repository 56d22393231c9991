-- Debounced runs are put off. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed
set queue = d.queue, priority = d.priority, due_at = d.due_at, max_attempts = d.max_attempts, expires_at = d.expires_at
from (
    select r.rowid as target, c.value ->> '$[2]' as queue, c.value ->> '$[3]' as priority, c.value ->> '$[4]' as due_at,
           c.value ->> '$[5]' as max_attempts, c.value ->> '$[6]' as expires_at
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    limit -1) as d
where live.rowid = d.target
