-- The given runs are dead letters no more; which of them were. Primary key.
delete from dead_letters as d
using unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, run_id)
where d.tenant_id = asked.tenant_id and d.run_id = asked.run_id
returning d.tenant_id::text, d.run_id::text
