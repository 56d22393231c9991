-- What debounced jobs do is replaced. Primary key.
-- `limit -1` and `not indexed` hold SQLite to this order, whatever old statistics say of the table.
update jobs not indexed
set queue = d.queue, priority = d.priority, payload = d.payload, schedule = d.schedule, overrides = d.overrides,
    max_attempts = d.max_attempts, revision = jobs.revision + 1
from (
    select j.rowid as target, c.value ->> '$[2]' as queue, c.value ->> '$[3]' as priority, c.value ->> '$[4]' as payload,
           c.value ->> '$[5]' as schedule, c.value ->> '$[6]' as overrides, c.value ->> '$[7]' as max_attempts
    from json_each(:rows) as c
    cross join jobs as j on j.tenant_id = c.value ->> '$[0]' and j.id = c.value ->> '$[1]'
    limit -1) as d
where jobs.rowid = d.target
