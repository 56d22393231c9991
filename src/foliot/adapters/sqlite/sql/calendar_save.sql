-- Stores a calendar or replaces it, unless the tenant has too many. Primary key.
insert into calendars (tenant_id, name, dates, description, updated_at)
select :tenant_id, :name, :dates, :description, :updated_at
where exists (select 1 from calendars where tenant_id = :tenant_id and name = :name)
   or (select count(*) from calendars where tenant_id = :tenant_id) < :most
on conflict (tenant_id, name) do update
set dates = excluded.dates, description = excluded.description, updated_at = excluded.updated_at
