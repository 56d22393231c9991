-- Those of the given runs that are not over, for what is to become of them. Primary key.
select json_group_array(json_array(
    r.tenant_id, r.id, r.state, r.due_at, coalesce(r.waits_for, 0), r.has_children is not null, r.type, r.queue, r.priority, r.job_id,
    coalesce(r.remote, 0)))
from json_each(:rows) as c
cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
