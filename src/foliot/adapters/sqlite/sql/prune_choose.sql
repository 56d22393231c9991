-- The runs that ended first, before a time; dead letters stay until they are replayed or discarded. By seq.
-- Steps along the history and stops at the first run that is too young, so that it never reads far.
with recursive front (seq) as (
    select 0
    union all
    select (
        select f.seq from finished as f not indexed
        where f.seq > front.seq
          and not exists (select 1 from dead_letters as d where d.tenant_id = f.tenant_id and d.run_id = f.id)
        order by f.seq limit 1)
    from front
    where front.seq = 0 or (select f.finished_at from finished as f where f.seq = front.seq) < :before
    limit :limit + 1
)
select json_group_array(json_array(seq, tenant_id, id, job_id))
from finished not indexed
where seq in (select seq from front) and finished_at < :before
