-- Takes submission keys; the first to come has it until it expires. Primary key.
insert into submission_keys as k (tenant_id, key, fingerprint, job_id, run_id, expires_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[])
on conflict (tenant_id, key) do update
set fingerprint = excluded.fingerprint, job_id = excluded.job_id, run_id = excluded.run_id, expires_at = excluded.expires_at
where k.expires_at <= $7
