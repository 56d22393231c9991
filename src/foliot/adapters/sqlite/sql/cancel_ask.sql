-- Asks the workers of running runs to stop. Primary key.
update live set cancel_requested_at = c.at
from (select value ->> '$[0]' as tenant_id, value ->> '$[1]' as id, value ->> '$[2]' as at from json_each(:rows)) as c
where live.tenant_id = c.tenant_id and live.id = c.id and live.state = 'running' and live.cancel_requested_at is null
