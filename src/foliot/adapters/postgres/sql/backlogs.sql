-- The queues and priorities in which runs wait: from one to the next, however many there are. Index live_ready.
with recursive cell as (
    (select queue, priority from live where state = 'queued' and remote is null order by queue, priority limit 1)
    union all
    select following.queue, following.priority
    from cell
    cross join lateral (
        select queue, priority from live
        where state = 'queued' and remote is null and (queue, priority) > (cell.queue, cell.priority)
        order by queue, priority limit 1) as following
)
select queue, priority from cell
