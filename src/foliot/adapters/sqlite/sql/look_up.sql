-- The given runs, live or over, without their results. Primary key; index finished_run.
select json_group_array(json(document))
from (
    select r.document
    from json_each(:rows) as c
    cross join live_runs as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    union all
    select f.document
    from json_each(:rows) as c
    cross join ended_runs as f on f.tenant_id = c.value ->> '$[0]' and f.id = c.value ->> '$[1]')
