-- Lets runs stand for occurrences that have none of their own: they were skipped, merged into another, or never planned.
-- Primary key.
insert into occurrences (job_id, planned_at, fate, run_id)
select value ->> '$[0]', value ->> '$[1]', 'backfilled', value ->> '$[2]' from json_each(:rows) where true
on conflict (job_id, planned_at) do update set fate = excluded.fate, run_id = excluded.run_id
where fate in ('merged', 'skipped')
