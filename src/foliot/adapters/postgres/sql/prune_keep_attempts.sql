-- Attempts of runs that are still there outlive their piece. Scans the piece: once, when it is old.
insert into attempts_kept
select a.*
from (
    select tenant_id, run_id
    from (select distinct tenant_id, run_id from a_piece) as r
    where exists (select from live as l where l.tenant_id = r.tenant_id and l.id = r.run_id)
       or exists (select from ended_runs as f where f.tenant_id = r.tenant_id and f.id = r.run_id)) as still_there
join a_piece as a on a.tenant_id = still_there.tenant_id and a.run_id = still_there.run_id
