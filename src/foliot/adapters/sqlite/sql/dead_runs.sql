-- Dead letters of all tenants, by id. Scans them: only when a mirror is made anew.
select d.run_id, d.tenant_id, d.type, d.queue, f.priority, false
from dead_letters as d cross join finished as f on f.tenant_id = d.tenant_id and f.id = d.run_id
where d.run_id > :after
order by d.run_id limit :limit
