-- The latest progress of running attempts, if their lease is held. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed set progress = n.progress
from (
    select r.rowid as target, n.value ->> '$[3]' as progress
    from json_each(:progress) as n
    cross join live as r on r.tenant_id = n.value ->> '$[0]' and r.id = n.value ->> '$[1]'
    where r.state = 'running' and r.lease = n.value ->> '$[2]'
    limit -1) as n
where live.rowid = n.target
