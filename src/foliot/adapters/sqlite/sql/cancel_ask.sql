-- Asks the workers of running runs to stop. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed set cancel_requested_at = c.at
from (
    select r.rowid as target, c.value ->> '$[2]' as at
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    where r.state = 'running' and r.cancel_requested_at is null
    limit -1) as c
where live.rowid = c.target
