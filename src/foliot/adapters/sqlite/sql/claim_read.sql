-- What the worker needs of the chosen runs. By rowid; primary key of jobs.
select json_group_array(json_array(
    r.id, r.job_id, r.tenant_id, r.type, r.queue, r.priority, j.payload, r.due_at, r.attempt, r.max_attempts, r.lease, j.overrides, json(j.parents), r.planned_at))
from json_each(:chosen) as chosen
cross join live as r on r.rowid = chosen.value
cross join jobs as j on j.tenant_id = r.tenant_id and j.id = r.job_id
