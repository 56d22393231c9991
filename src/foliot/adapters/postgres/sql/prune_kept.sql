-- Drops runs that outlived their piece and are no dead letters any more, with all that belongs to them, and their jobs,
-- if no other run is left, with the jobs that came after such a job and never had a run. Scans finished_kept, which holds dead letters only: once a minute.
-- Primary keys; indexes jobs_root, live_job, finished_run, finished_job, finished_kept_run, finished_kept_job, attempts_kept_run,
-- submission_keys_job, events_kept_run, events_kept_job.
with old as materialized (
    select k.tenant_id, k.id, k.job_id
    from finished_kept as k
    where k.finished_at < $1
      and not exists (select from dead_letters as d where d.tenant_id = k.tenant_id and d.run_id = k.id offset 0)
    limit $2 for update skip locked
),
runs_dropped as (
    delete from finished_kept as k using old where k.tenant_id = old.tenant_id and k.id = old.id
),
dropped as (
    delete from jobs as j
    using (select distinct tenant_id, job_id from old) as o
    where j.tenant_id = o.tenant_id and j.id = o.job_id and j.next_at is null
      and (j.root_id is null or not exists (
          select from jobs as root
          where root.tenant_id = j.tenant_id and root.id = j.root_id and root.next_at is not null offset 0))
      and not exists (select from live as r where r.tenant_id = j.tenant_id and r.id = j.id offset 0)
      and not exists (
          select from live as r where r.tenant_id is not distinct from j.tenant_id and r.job_id = j.id and r.job_id <> r.id offset 0)
      and not exists (select from finished as f where f.tenant_id = j.tenant_id and f.id = j.id offset 0)
      and not exists (
          select from finished as f
          where f.tenant_id is not distinct from j.tenant_id and f.job_id = j.id and f.job_id <> f.id offset 0)
      and not exists (
          select from finished_kept as k
          where k.tenant_id = j.tenant_id and k.id = j.id
            and not exists (select from old where old.tenant_id = k.tenant_id and old.id = k.id)
          offset 0)
      and not exists (
          select from finished_kept as k
          where k.tenant_id is not distinct from j.tenant_id and k.job_id = j.id and k.job_id <> k.id
            and not exists (select from old where old.tenant_id = k.tenant_id and old.id = k.id)
          offset 0)
    returning j.tenant_id, j.id
),
descendants_dropped as (
    delete from jobs where ctid = any (array (
        select d.place
        from dropped as j
        cross join lateral (
            select ctid as place, id from jobs
            where tenant_id is not distinct from j.tenant_id and root_id = j.id and root_id is not null offset 0) as d
        where not exists (select from live as r where r.job_id = d.id and r.job_id <> r.id offset 0)
          and not exists (select from ended_runs as r where r.job_id = d.id and r.job_id <> r.id offset 0)))
),
links_dropped as (
    delete from links as l using old where l.tenant_id = old.tenant_id and l.parent_id = old.id
),
keys_dropped as (
    delete from submission_keys where ctid = any (array (
        select k.place
        from dropped as j
        cross join lateral (
            select ctid as place from submission_keys
            where tenant_id is not distinct from j.tenant_id and job_id = j.id and expires_at is null
            for update skip locked) as k))
),
attempts_dropped as (
    delete from attempts_kept as a using old where a.tenant_id = old.tenant_id and a.run_id = old.id
),
events_dropped as (
    delete from events_kept where ctid = any (array (
        select e.place
        from old
        cross join lateral (
            select ctid as place from events_kept
            where run_id is not null and tenant_id = old.tenant_id and run_id = old.id offset 0) as e
        union all
        select e.place
        from dropped as j
        cross join lateral (
            select ctid as place from events_kept
            where run_id is null and tenant_id = j.tenant_id and job_id = j.id offset 0) as e))
)
select count(*) from old
