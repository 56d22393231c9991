-- Ended runs leave `live`, if their lease is held. Primary key.
delete from live
where rowid in (
    select r.rowid from json_each(:outcomes) as o
    cross join live as r on r.tenant_id = o.value ->> 0 and r.id = o.value ->> 1
    where r.state = 'running' and r.lease = o.value ->> 2)
