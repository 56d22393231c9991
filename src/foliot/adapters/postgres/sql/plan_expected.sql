-- Which of the plans are still expected; their jobs are locked, in the order of the batch. Primary key.
select p.place
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::integer[])
    with ordinality as p (tenant_id, job_id, expected, revision, place)
join jobs as j on j.tenant_id = p.tenant_id and j.id = p.job_id
where j.next_at is not distinct from p.expected and j.revision = p.revision and j.state = 'active'
for update of j
