-- Stores a calendar or replaces it, unless the tenant has too many. Primary key.
insert into calendars (tenant_id, name, dates, description, updated_at)
select $1::uuid, $2::text, $3::json, $4::text, $5::timestamptz
where exists (select from calendars where tenant_id = $1::uuid and name = $2::text)
   or (select count(*) from (select from calendars where tenant_id = $1::uuid limit $6::integer) as c) < $6::integer
on conflict (tenant_id, name) do update
set dates = excluded.dates, description = excluded.description, updated_at = excluded.updated_at
