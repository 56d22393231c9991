-- Forgets occurrences of long ago, the earliest first; schedules are past them. Index occurrences_planned.
delete from occurrences where (job_id, planned_at) in (
    select job_id, planned_at from occurrences where planned_at < :before order by planned_at limit :limit)
