-- How the given runs stand, live or over. Primary key; indexes finished_run, finished_kept_run.
select r.tenant_id::text, r.id::text, r.type, r.state
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select l.tenant_id, l.id, l.type, l.state from live as l where l.tenant_id = asked.tenant_id and l.id = asked.id
    union all
    select e.tenant_id, e.id, e.type, e.state from ended_runs as e where e.tenant_id = asked.tenant_id and e.id = asked.id) as r
