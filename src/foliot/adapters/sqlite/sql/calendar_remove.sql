-- Forgets a calendar. Primary key.
delete from calendars where tenant_id = :tenant_id and name = :name
