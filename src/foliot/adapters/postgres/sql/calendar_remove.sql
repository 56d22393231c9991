-- Forgets a calendar. Primary key.
delete from calendars where tenant_id = $1 and name = $2
