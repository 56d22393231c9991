-- Of the leases that are still held: the run, and whether it is to be cancelled. Primary key.
select json_group_array(json_array(r.id, r.cancel_requested_at is not null))
from json_each(:held) as h
cross join live as r on r.tenant_id = h.value ->> '$[0]' and r.id = h.value ->> '$[1]'
where r.state = 'running' and r.lease = h.value ->> '$[2]'
