-- Stores who waits for whom.
insert into links (tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[])
