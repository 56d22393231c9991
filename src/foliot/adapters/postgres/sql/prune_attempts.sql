-- Of the attempts in some blocks of a piece, those of runs that are still there move to the table beside it, to outlive
-- the piece. By block; primary key; indexes finished_run, finished_kept_run.
with here as materialized (
    select a.ctid as place,
           exists (select from live as r where r.tenant_id = a.tenant_id and r.id = a.run_id offset 0)
        or exists (select from ended_runs as r where r.tenant_id = a.tenant_id and r.id = a.run_id offset 0) as is_kept
    from a_piece as a
    where a.ctid >= $1::text::tid and a.ctid < $2::text::tid
),
moved as (
    delete from a_piece where ctid = any (array (select place from here where is_kept))
    returning *
),
kept as (
    insert into attempts_kept select * from moved
)
select count(*) from here
