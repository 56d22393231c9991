-- Notes of live runs that they have children from now on. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update live not indexed set has_children = 1
from (
    select r.rowid as target
    from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    where r.has_children is null
    limit -1) as c
where live.rowid = c.target
