-- The remote runs of leases that are held, and what is needed to end their attempts. Primary key; that of jobs.
select json_group_array(json_array(
    r.id, r.job_id, r.tenant_id, r.type, r.queue, r.priority, r.attempt, r.max_attempts, r.lease, r.started_at,
    r.cancel_requested_at, j.overrides))
from json_each(:held) as h
cross join live as r on r.tenant_id = h.value ->> '$[0]' and r.id = h.value ->> '$[1]'
cross join jobs as j on j.tenant_id = r.tenant_id and j.id = r.job_id
where r.state = 'running' and r.remote is not null and r.lease = h.value ->> '$[2]'
