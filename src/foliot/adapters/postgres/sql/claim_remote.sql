-- Leases remote runs of a tenant to a worker outside, as claim does: of each type and queue the urgent before the others,
-- by weight, within a priority the oldest first. Index live_remote.
with cell as materialized (
    select c.type, c.queue, c.priority, c.draw, c.weight, waiting.n
    from unnest($2::text[], $3::text[], $4::smallint[], $5::float8[], $6::float8[])
        as c (type, queue, priority, draw, weight)
    cross join lateral (
        select count(*) as n
        from (
            select from (
                select r.expires_at from live as r
                where r.state = 'queued' and r.remote is not null and r.tenant_id = $10 and r.type = c.type
                  and r.queue = c.queue and r.priority = c.priority
                order by r.due_at, r.id limit $1 + 1000) as seen
            where seen.expires_at is null or seen.expires_at > $8
            limit $1) as ready) as waiting
),
share as materialized (
    select type, queue, priority, count(*) as n
    from (
        select c.type, c.queue, c.priority
        from cell as c cross join lateral generate_series(1, c.n) as k
        order by (k - c.draw) / c.weight limit $1) as chosen
    group by type, queue, priority
),
ready as materialized (
    select r.place
    from share as s
    cross join lateral (
        select seen.place
        from (
            select r.ctid as place, r.expires_at
            from live as r
            where r.state = 'queued' and r.remote is not null and r.tenant_id = $10 and r.type = s.type
              and r.queue = s.queue and r.priority = s.priority
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
