-- Events of runs and jobs that are still there outlive their piece. Scans the piece: once, when it is old.
insert into events_kept
select e.*
from (
    select tenant_id, run_id
    from (select distinct tenant_id, run_id from a_piece where run_id is not null) as r
    where exists (select from live as l where l.tenant_id = r.tenant_id and l.id = r.run_id)
       or exists (select from ended_runs as f where f.tenant_id = r.tenant_id and f.id = r.run_id)) as still_there
join a_piece as e on e.run_id is not null and e.tenant_id = still_there.tenant_id and e.run_id = still_there.run_id
union all
select e.*
from a_piece as e
where e.run_id is null and exists (select from jobs as j where j.tenant_id = e.tenant_id and j.id = e.job_id)
