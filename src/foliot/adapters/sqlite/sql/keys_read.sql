-- Who has the given submission keys. Primary key.
select json_group_array(json_array(k.tenant_id, k.key, k.fingerprint, k.job_id, k.run_id))
from json_each(:rows) as asked
cross join submission_keys as k on k.tenant_id = asked.value ->> '$[0]' and k.key = asked.value ->> '$[1]'
