-- The latest progress of running attempts, if their lease is held. Primary key.
update live set progress = n.progress
from (
    select value ->> '$[0]' as tenant_id, value ->> '$[1]' as id, value ->> '$[2]' as lease, value ->> '$[3]' as progress
    from json_each(:progress)) as n
where live.tenant_id = n.tenant_id and live.id = n.id and live.state = 'running' and live.lease = n.lease
