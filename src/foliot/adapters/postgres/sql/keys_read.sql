-- Who has the given submission keys. Primary key.
select k.tenant_id::text, k.key, k.fingerprint, k.job_id::text, k.run_id::text
from unnest($1::uuid[], $2::text[]) as asked (tenant_id, key)
join submission_keys as k on k.tenant_id = asked.tenant_id and k.key = asked.key
