-- Takes occurrences; nobody can take one twice. Primary key.
insert into occurrences (job_id, planned_at, fate, run_id)
select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[])
