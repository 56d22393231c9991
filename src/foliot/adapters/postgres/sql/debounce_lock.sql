-- Locks jobs that are debounced, in the order of the batch. Primary key.
select from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
join jobs as j on j.tenant_id = asked.tenant_id and j.id = asked.id
for update of j
