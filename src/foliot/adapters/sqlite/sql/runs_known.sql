-- The given runs, live or over. Primary key; index finished_run.
select json_group_array(json(document))
from (
    select r.document
    from json_each(:rows) as c
    cross join live_runs as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    union all
    select e.document
    from json_each(:rows) as c
    cross join ended_runs as e on e.tenant_id = c.value ->> '$[0]' and e.id = c.value ->> '$[1]')
