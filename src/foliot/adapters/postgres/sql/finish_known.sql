-- Which of the given outcomes are stored already, word for word. Index finished_run; attempts_run.
select o.id::text
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[]) as o (tenant_id, id, lease, cause, at)
where exists (
    select from finished as f
    where f.tenant_id = o.tenant_id and f.id = o.id and f.lease = o.lease and f.cause = o.cause and f.finished_at = o.at)
   or exists (
    select from attempts as a
    where a.tenant_id = o.tenant_id and a.run_id = o.id and a.lease = o.lease and a.cause = o.cause and a.ended_at = o.at)
