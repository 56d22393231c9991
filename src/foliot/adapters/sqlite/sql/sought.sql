-- Of what workers outside wait for: that of which a run is queued. Index live_remote.
select json_group_array(json(w.value))
from json_each(:wanted) as w
where exists (
    select 1 from live as r
    where r.state = 'queued' and r.remote is not null and r.tenant_id = w.value ->> '$[0]' and r.type = w.value ->> '$[1]'
      and r.queue = w.value ->> '$[2]')
