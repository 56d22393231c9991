-- Those of the given runs that are not over, for what is to become of them; they are locked, in the order of the batch.
-- Primary key.
select r.tenant_id::text, r.id::text, r.state, r.due_at, coalesce(r.waits_for, 0), r.has_children is not null, r.type, r.queue,
       r.priority, r.job_id::text, r.remote is not null
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join live as r on r.tenant_id = asked.tenant_id and r.id = asked.id
for update of r
