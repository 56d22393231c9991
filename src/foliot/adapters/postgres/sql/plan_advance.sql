-- Moves schedules on to their next planned instant. Primary key.
update jobs as j set next_at = p.following, planned = p.planned, decided = p.decided
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::json[])
    as p (tenant_id, job_id, following, planned, decided)
where j.tenant_id = p.tenant_id and j.id = p.job_id
