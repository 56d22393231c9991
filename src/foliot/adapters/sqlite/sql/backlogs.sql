-- The queues and priorities in which runs wait: from one to the next, however many there are. Index live_ready.
with recursive cell (queue, priority) as (
    select * from (select queue, priority from live where state = 'queued' and remote is null order by queue, priority limit 1)
    union all
    select (select r.queue from live as r where r.state = 'queued' and r.remote is null and (r.queue, r.priority) > (cell.queue, cell.priority)
            order by r.queue, r.priority limit 1),
           (select r.priority from live as r where r.state = 'queued' and r.remote is null and (r.queue, r.priority) > (cell.queue, cell.priority)
            order by r.queue, r.priority limit 1)
    from cell where cell.queue is not null
)
select queue, priority from cell where queue is not null
