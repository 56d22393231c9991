-- The next queued runs of a queue: priorities compete by weight, within one the oldest is first. Index live_ready.
-- Runs that have not started in time are passed over, so many at most: the expirer is about to take them away.
with ready as (
    select * from (
        select * from (
            select rowid as live, 0 as priority, due_at, id, expires_at from live
            where state = 'queued' and remote is null and queue = :queue and priority = 0
              and (:types is null or type in (select value from json_each(:types)))
            order by due_at, id limit :limit + 1000)
        where expires_at is null or expires_at > :now limit :limit)
    union all
    select * from (
        select * from (
            select rowid, 1, due_at, id, expires_at from live
            where state = 'queued' and remote is null and queue = :queue and priority = 1
              and (:types is null or type in (select value from json_each(:types)))
            order by due_at, id limit :limit + 1000)
        where expires_at is null or expires_at > :now limit :limit)
    union all
    select * from (
        select * from (
            select rowid, 2, due_at, id, expires_at from live
            where state = 'queued' and remote is null and queue = :queue and priority = 2
              and (:types is null or type in (select value from json_each(:types)))
            order by due_at, id limit :limit + 1000)
        where expires_at is null or expires_at > :now limit :limit)
    union all
    select * from (
        select * from (
            select rowid, 3, due_at, id, expires_at from live
            where state = 'queued' and remote is null and queue = :queue and priority = 3
              and (:types is null or type in (select value from json_each(:types)))
            order by due_at, id limit :limit + 1000)
        where expires_at is null or expires_at > :now limit :limit)
),
ranked as (
    select ready.live,
           (row_number() over (partition by ready.priority order by ready.due_at, ready.id) - (h.value ->> '$[1]')) / (h.value ->> '$[2]') as rank
    from ready cross join json_each(:handicaps) as h on h.value ->> '$[0]' = ready.priority
)
select json_group_array(live) from (select live from ranked order by rank limit :limit)
