-- Makes waiting runs due. Primary key.
update live set state = 'queued', due_at = :now, queued_at = :now
where rowid in (
    select r.rowid from json_each(:rows) as c
    cross join live as r on r.tenant_id = c.value ->> '$[0]' and r.id = c.value ->> '$[1]'
    where r.state in ('pending', 'retrying'))
