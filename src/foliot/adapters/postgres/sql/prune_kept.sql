-- Drops runs that outlived their piece and are no dead letters any more, with all that belongs to them, and their jobs,
-- if no other run is left. Scans finished_kept, which holds dead letters only: once a minute.
with old as materialized (
    select k.tenant_id, k.id, k.job_id
    from finished_kept as k
    where k.finished_at < $1
      and not exists (select from dead_letters as d where d.tenant_id = k.tenant_id and d.run_id = k.id)
    limit $2 for update skip locked
),
runs_dropped as (
    delete from finished_kept as k using old where k.tenant_id = old.tenant_id and k.id = old.id
),
dropped as (
    delete from jobs as j
    using (select distinct tenant_id, job_id from old) as o
    where j.tenant_id = o.tenant_id and j.id = o.job_id and j.next_at is null
      and not exists (select from live as r where r.tenant_id = o.tenant_id and r.id = o.job_id)
      and not exists (select from live as r where r.tenant_id = o.tenant_id and r.job_id = o.job_id and r.job_id <> r.id)
      and not exists (select from finished as f where f.tenant_id = o.tenant_id and f.id = o.job_id)
      and not exists (select from finished as f where f.tenant_id = o.tenant_id and f.job_id = o.job_id and f.job_id <> f.id)
      and not exists (
          select from finished_kept as k
          where k.tenant_id = o.tenant_id and k.id = o.job_id
            and not exists (select from old where old.tenant_id = k.tenant_id and old.id = k.id))
      and not exists (
          select from finished_kept as k
          where k.tenant_id = o.tenant_id and k.job_id = o.job_id and k.job_id <> k.id
            and not exists (select from old where old.tenant_id = k.tenant_id and old.id = k.id))
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
