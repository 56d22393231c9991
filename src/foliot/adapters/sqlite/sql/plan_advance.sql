-- Moves schedules on to their next planned instant. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update jobs not indexed set next_at = p.following, planned = p.planned, decided = p.decided
from (
    select j.rowid as target, p.value ->> '$[3]' as following, p.value ->> '$[4]' as planned, p.value ->> '$[5]' as decided
    from json_each(:rows) as p
    cross join jobs as j on j.tenant_id = p.value ->> '$[0]' and j.id = p.value ->> '$[1]'
    limit -1) as p
where jobs.rowid = p.target
