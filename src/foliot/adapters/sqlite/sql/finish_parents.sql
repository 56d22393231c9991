-- Runs just appended to the history that have children, and how they ended. By seq; index live_parents.
select json_group_array(json_array(f.tenant_id, f.id, f.state, f.finished_at))
from finished as f not indexed
cross join live as r indexed by live_parents on r.tenant_id = f.tenant_id and r.id = f.id
where f.seq > :before and r.has_children is not null
