-- Leases queued runs to a worker: priorities compete by weight, within one the oldest is first. Index live_ready.
-- How much each queue and priority gets is reckoned from what waits there, without locks; then so many are taken.
-- Both looks begin where the caller says: what lies before has been claimed, and stays in the index until a vacuum comes.
-- Runs that have not started in time are passed over, so many at most: the expirer is about to take them away.
-- Rows are changed where they lie, so that no plan but this one is possible. One that somebody changes in between is left.
with cell as materialized (
    select c.queue, c.priority, c.draw, c.weight, c.since, waiting.n
    from unnest($2::text[], $3::smallint[], $4::float8[], $5::float8[], $10::timestamptz[])
        as c (queue, priority, draw, weight, since)
    cross join lateral (
        select count(*) as n
        from (
            select from (
                select r.expires_at from live as r
                where r.state = 'queued' and r.remote is null and r.queue = c.queue and r.priority = c.priority and r.due_at >= c.since
                  and ($6::text[] is null or r.type = any ($6))
                order by r.due_at, r.id limit $1 + 1000) as seen
            where seen.expires_at is null or seen.expires_at > $8
            limit $1) as ready) as waiting
),
share as materialized (
    select queue, priority, since, count(*) as n
    from (
        select c.queue, c.priority, c.since
        from cell as c cross join lateral generate_series(1, c.n) as k
        order by (k - c.draw) / c.weight limit $1) as chosen
    group by queue, priority, since
),
ready as materialized (
    select r.place
    from share as s
    cross join lateral (
        select seen.place
        from (
            select r.ctid as place, r.expires_at
            from live as r
            where r.state = 'queued' and r.remote is null and r.queue = s.queue and r.priority = s.priority and r.due_at >= s.since
              and ($6::text[] is null or r.type = any ($6))
            order by r.due_at, r.id limit s.n + 1000
            for update skip locked) as seen
        where seen.expires_at is null or seen.expires_at > $8
        limit s.n) as r
),
leased as (
    update live
    set state = 'running', attempt = attempt + 1, lease = lease + 1, worker = $7, started_at = $8, lease_until = $9
    where ctid = any (array (select place from ready))
    returning *
)
select r.id::text, r.job_id::text, r.tenant_id::text, r.type, r.queue, r.priority, j.payload, r.due_at, r.attempt,
       r.max_attempts, r.lease, j.overrides, j.parents, r.planned_at
from leased as r
cross join lateral (
    select payload, overrides, parents from jobs where tenant_id = r.tenant_id and id = r.job_id offset 0) as j
