-- Gives the chosen runs to a worker, under a new lease each. By rowid.
update live
set state = 'running', attempt = attempt + 1, lease = lease + 1, worker = :worker, lease_until = :lease_until,
    started_at = :now
where rowid in (select value from json_each(:chosen))
