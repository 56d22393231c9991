-- Gives the given submission keys, which this transaction has locked, to others. Primary key.
update submission_keys as k
set fingerprint = t.fingerprint, job_id = t.job_id, run_id = t.run_id, expires_at = t.expires_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[])
    as t (tenant_id, key, fingerprint, job_id, run_id, expires_at)
where k.tenant_id = t.tenant_id and k.key = t.key
