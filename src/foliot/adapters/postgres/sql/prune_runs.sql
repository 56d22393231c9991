-- For the runs in some blocks of a piece: drops their jobs, if no other run of theirs is left and none can follow, and
-- what else belongs to them outside the pieces. Dead letters stay. By block; primary keys; live_job; finished_job.
with old as materialized (
    select f.tenant_id, f.id, f.job_id
    from a_piece as f
    where f.ctid >= $1::text::tid and f.ctid < $2::text::tid
      and not exists (select from dead_letters as d where d.tenant_id = f.tenant_id and d.run_id = f.id)
),
dropped as (
    delete from jobs as j
    using (select distinct tenant_id, job_id from old) as o
    where j.tenant_id = o.tenant_id and j.id = o.job_id and j.next_at is null
      and not exists (select from live as r where r.tenant_id = o.tenant_id and r.id = o.job_id)
      and not exists (select from live as r where r.tenant_id = o.tenant_id and r.job_id = o.job_id and r.job_id <> r.id)
      and not exists (select from dead_letters as d where d.tenant_id = o.tenant_id and d.run_id = o.job_id)
      and not exists (
          select from finished as f
          where f.tenant_id = o.tenant_id and f.job_id = o.job_id and f.job_id <> f.id
            and not exists (select from old where old.tenant_id = f.tenant_id and old.id = f.id))
      and not exists (
          select from finished_kept as k where k.tenant_id = o.tenant_id and k.job_id = o.job_id and k.job_id <> k.id)
    returning j.tenant_id, j.id
),
occurrences_dropped as (
    delete from occurrences as o using dropped as j where o.job_id = j.id
),
attempts_dropped as (
    delete from attempts_kept as a using old where a.tenant_id = old.tenant_id and a.run_id = old.id
),
events_dropped as (
    delete from events_kept as e using old where e.run_id is not null and e.tenant_id = old.tenant_id and e.run_id = old.id
),
job_events_dropped as (
    delete from events_kept as e using dropped as j where e.run_id is null and e.tenant_id = j.tenant_id and e.job_id = j.id
)
select count(*) from old
