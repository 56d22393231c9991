-- Takes occurrences; nobody can take one twice, for ever. Primary key.
insert into occurrences (job_id, planned_at, run_id)
select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[])
