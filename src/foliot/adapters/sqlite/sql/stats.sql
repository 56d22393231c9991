-- How many runs wait or run, by queue and state, and since when the oldest is due. Scans `live`: asked seldom.
select json_object(
    'depths', (
        select json_group_array(json_array(queue, state, n, oldest))
        from (select queue, state, count(*) as n, min(due_at) as oldest from live group by queue, state)),
    'dead_letters', (select count(*) from dead_letters))
