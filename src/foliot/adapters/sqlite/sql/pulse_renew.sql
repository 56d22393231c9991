-- Renews leases that are still held. Primary key.
update live set lease_until = :lease_until
where rowid in (
    select r.rowid from json_each(:held) as h
    cross join live as r on r.tenant_id = h.value ->> '$[0]' and r.id = h.value ->> '$[1]'
    where r.state = 'running' and r.lease = h.value ->> '$[2]')
