-- The runs that ended first, before a time; dead letters stay until they are replayed or discarded. By seq.
select json_group_array(json_array(seq, tenant_id, id, job_id))
from (
    select f.seq, f.tenant_id, f.id, f.job_id from finished as f
    where f.finished_at < :before
      and not exists (select 1 from dead_letters as d where d.tenant_id = f.tenant_id and d.run_id = f.id)
      and f.seq < coalesce((select seq from finished where finished_at >= :before order by seq limit 1), 1 << 62)
    order by f.seq limit :limit)
