-- Calendars with their dates. Primary key.
select c.tenant_id::text, c.name, c.dates, c.description, c.updated_at
from unnest($1::uuid[], $2::text[]) as r (tenant_id, name)
join calendars as c on c.tenant_id = r.tenant_id and c.name = r.name
