-- Takes submission keys; the first to come has it. :rows is a JSON array with an array for each.
insert into submission_keys (tenant_id, key, fingerprint, job_id, run_id, expires_at)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]'
from json_each(:rows) where true
on conflict (tenant_id, key) do nothing
