-- Cancelled runs leave `live`. Primary key.
delete from live
where rowid in (
    select r.rowid from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    where r.state in ('blocked', 'pending', 'queued', 'retrying'))
