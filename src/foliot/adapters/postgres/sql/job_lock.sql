-- How a job stands; it is locked. Primary key.
select d.state
from definitions as d
where d.tenant_id = $1 and d.id = $2 and exists (
    select from jobs as j where j.tenant_id = $1 and j.id = $2 for update)
