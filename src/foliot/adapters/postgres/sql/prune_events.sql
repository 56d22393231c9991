-- Of the events in some blocks of a piece, those of runs and jobs that are still there move to the table beside it, to
-- outlive the piece. By block; primary keys; indexes finished_run, finished_kept_run.
with here as materialized (
    select e.ctid as place, case
        when e.run_id is null then
            exists (select from jobs as j where j.tenant_id = e.tenant_id and j.id = e.job_id offset 0)
        else
            exists (select from live as r where r.tenant_id = e.tenant_id and r.id = e.run_id offset 0)
            or exists (select from ended_runs as r where r.tenant_id = e.tenant_id and r.id = e.run_id offset 0)
    end as is_kept
    from a_piece as e
    where e.ctid >= $1::text::tid and e.ctid < $2::text::tid
),
moved as (
    delete from a_piece where ctid = any (array (select place from here where is_kept))
    returning *
),
kept as (
    insert into events_kept select * from moved
)
select count(*) from here
