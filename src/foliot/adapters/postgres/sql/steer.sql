-- Pauses recurring jobs that are still as expected, or lets them go on; which of the batch. Primary key.
update jobs as j
set state = s.state, next_at = s.next_at, planned = s.planned, decided = s.decided,
    revision = j.revision + s.raises_revision::integer
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::integer[],
            $9::json[], $10::boolean[])
    with ordinality
        as s (tenant_id, job_id, expected_revision, expected, expected_next, state, next_at, planned, decided,
              raises_revision, place)
where j.tenant_id = s.tenant_id and j.id = s.job_id and j.state = s.expected
  and j.revision = coalesce(s.expected_revision, j.revision) and j.next_at is not distinct from s.expected_next
returning s.place
