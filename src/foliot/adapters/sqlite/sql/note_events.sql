-- What running attempts say becomes events, if their lease is held. Primary key of live.
insert into events (tenant_id, job_id, run_id, id, type, at, data)
select r.tenant_id, r.job_id, r.id, n.value ->> '$[3]', n.value ->> '$[4]', n.value ->> '$[5]', n.value ->> '$[6]'
from json_each(:notes) as n
cross join live as r on r.tenant_id = n.value ->> '$[0]' and r.id = n.value ->> '$[1]'
where r.state = 'running' and r.lease = n.value ->> '$[2]'
