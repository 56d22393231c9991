-- A text for each of the given runs that is another one whenever something has happened to it. Primary key;
-- indexes finished_run, events_run.
select json_group_array(json_array(r.tenant_id, r.id, json_array(
    r.state, r.lease, r.attempt, r.due_at, r.queued_at, r.cancel_requested_at, r.progress,
    (select count(*) from events as e where e.run_id is not null and e.tenant_id = r.tenant_id and e.run_id = r.id)) || ''))
from (
    select l.* from json_each(:rows) as c
    cross join (select tenant_id, id, state, lease, attempt, due_at, queued_at, cancel_requested_at, progress from live) as l
        on l.tenant_id = c.value ->> '$[0]' and l.id = c.value ->> '$[1]'
    union all
    select f.* from json_each(:rows) as c
    cross join (select tenant_id, id, state, lease, attempt, due_at, queued_at, cancel_requested_at, progress from finished) as f
        on f.tenant_id = c.value ->> '$[0]' and f.id = c.value ->> '$[1]') as r
