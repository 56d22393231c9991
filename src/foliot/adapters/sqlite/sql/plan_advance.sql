-- Moves schedules on to their next planned instant. Primary key.
update jobs set next_at = p.following, planned = p.planned
from (
    select value ->> '$[0]' as tenant_id, value ->> '$[1]' as id, value ->> '$[3]' as following, value ->> '$[4]' as planned
    from json_each(:rows)) as p
where jobs.tenant_id = p.tenant_id and jobs.id = p.id
