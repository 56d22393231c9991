-- Those of the given runs that are over, with their results. Index finished_run.
select json_group_array(json_array(json(f.document), f.result))
from json_each(:rows) as asked
cross join ended_runs as f on f.tenant_id = asked.value ->> '$[0]' and f.id = asked.value ->> '$[1]'
