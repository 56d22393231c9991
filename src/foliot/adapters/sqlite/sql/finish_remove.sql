-- Runs that were just appended to the history leave `live`. By seq; primary key.
delete from live
where rowid in (
    select r.rowid from finished as f not indexed cross join live as r on r.tenant_id = f.tenant_id and r.id = f.id
    where f.seq > :before)
