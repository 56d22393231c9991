-- Appends events.
insert into events (tenant_id, job_id, run_id, id, type, at, data)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::json[])
