-- A tenant's calendars without their dates, by name. Primary key.
select json_group_array(json_array(name, description, json_array_length(dates), dates ->> '$[0]', dates ->> '$[#-1]', updated_at))
from (select * from calendars where tenant_id = :tenant_id order by name)
