-- Moves blocked runs on: they wait for fewer parents, or for their time, or are queued. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed set state = c.state, waits_for = c.waits_for, due_at = c.due_at, queued_at = c.queued_at
from (
    select r.rowid as target, c.value ->> '$[2]' as state, c.value ->> '$[3]' as waits_for, c.value ->> '$[4]' as due_at,
           c.value ->> '$[5]' as queued_at
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    where r.state = 'blocked'
    limit -1) as c
where live.rowid = c.target
