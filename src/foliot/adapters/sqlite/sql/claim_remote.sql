-- The next remote runs of a tenant, for a worker outside: of each type and queue the urgent before the others, by weight,
-- within a priority the oldest first. Index live_remote.
-- Runs that have not started in time are passed over, so many at most: the expirer is about to take them away.
select json_group_array(live)
from (
    select picked.value as live
    from json_each(:cells) as c
    cross join json_each((
        select json_group_array(place) from (
            select place from (
                select rowid as place, expires_at from live
                where state = 'queued' and remote is not null and tenant_id = :tenant_id and type = c.value ->> '$[0]'
                  and queue = c.value ->> '$[1]' and priority = c.value ->> '$[2]'
                order by due_at, id limit :limit + 1000)
            where expires_at is null or expires_at > :now limit :limit))) as picked
    order by (picked.key + 1 - (c.value ->> '$[3]')) / (c.value ->> '$[4]')
    limit :limit)
