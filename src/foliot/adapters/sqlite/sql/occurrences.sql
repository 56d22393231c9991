-- Occurrences of a job and what became of them, the earliest first. Primary keys; index finished_run.
select json_group_array(json_array(o.planned_at, o.fate, o.run_id, json(coalesce(
    (select document from live_runs where tenant_id = :tenant_id and id = o.run_id),
    (select document from ended_runs where tenant_id = :tenant_id and id = o.run_id)))))
from (
    select planned_at, fate, run_id from occurrences
    where job_id = :job_id and planned_at >= :since and planned_at < :until
      and exists (select 1 from jobs where tenant_id = :tenant_id and id = :job_id)
    order by planned_at limit :limit) as o
