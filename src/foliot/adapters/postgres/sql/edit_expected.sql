-- Which of the jobs to be edited are still as they were seen; they are locked, in the order of the batch. Primary key.
select e.place
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::integer[])
    with ordinality as e (tenant_id, job_id, revision, state, next_at, planned, place)
join jobs as j on j.tenant_id = e.tenant_id and j.id = e.job_id
where j.revision = e.revision and j.state = e.state and j.next_at is not distinct from e.next_at and j.planned = e.planned
for update of j
