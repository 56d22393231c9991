-- All tenants, oldest first. Primary key.
select id::text, name, created_at from tenants order by tenants.id
