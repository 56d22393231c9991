-- Lets runs stand for occurrences that have none of their own: they were skipped, merged into another, or never planned.
-- Which of the batch. Primary key.
insert into occurrences (job_id, planned_at, fate, run_id)
select job_id, planned_at, 'backfilled', run_id
from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) as b (job_id, planned_at, run_id)
on conflict (job_id, planned_at) do update set fate = excluded.fate, run_id = excluded.run_id
where occurrences.fate in ('merged', 'skipped')
returning planned_at
