-- A tenant's dead letters, newest first. Primary key; index finished_run.
select json_group_array(json(document))
from (
    select f.document
    from dead_letters as d cross join ended_runs as f on f.tenant_id = d.tenant_id and f.id = +d.run_id
    where d.tenant_id = :tenant_id and d.run_id < :before
      and (:type is null or d.type = :type) and (:queue is null or d.queue = :queue)
      and (:job_id is null or f.job_id = :job_id)
    order by d.run_id desc limit :limit)
