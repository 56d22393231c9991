-- Calendars with their dates. Primary key.
select json_group_array(json_array(c.tenant_id, c.name, c.dates, c.description, c.updated_at))
from json_each(:rows) as r cross join calendars as c on c.tenant_id = r.value ->> '$[0]' and c.name = r.value ->> '$[1]'
