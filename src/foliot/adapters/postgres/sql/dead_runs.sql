-- Dead letters of all tenants, by id. Scans them: only when a mirror is made anew. Indexes finished_run, finished_kept_run.
select d.run_id::text, d.tenant_id::text, d.type, d.queue, f.priority, false
from dead_letters as d
cross join lateral (select priority from ended_runs as r where r.tenant_id = d.tenant_id and r.id = d.run_id limit 1) as f
where d.run_id > $1
order by d.run_id limit $2
