-- One run, live or over. Primary key; index finished_run.
select json_array(json(document), result)
from (
    select document, result from live_runs where tenant_id = :tenant_id and id = :run_id
    union all
    select document, result from ended_runs where tenant_id = :tenant_id and id = :run_id)
limit 1
