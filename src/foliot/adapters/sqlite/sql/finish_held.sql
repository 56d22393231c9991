-- Which of the outcomes still hold their lease, and whether their run is to be cancelled. Primary key.
select json_group_array(json_array(r.id, r.cancel_requested_at is not null))
from json_each(:outcomes) as o
cross join live as r on r.tenant_id = o.value ->> '$[0]' and r.id = o.value ->> '$[1]'
where r.state = 'running' and r.lease = o.value ->> '$[2]'
  and (o.value ->> '$[4]' <> 'lease_lost' or r.lease_until < o.value ->> '$[5]')
