-- A tenant's calendars without their dates, by name. Primary key.
select name, description, json_array_length(dates), dates ->> 0, dates ->> -1, updated_at
from calendars where tenant_id = $1 order by name limit $2
