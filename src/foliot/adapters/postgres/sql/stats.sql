-- How many runs wait or run, by queue and state, and since when the oldest is due. Scans `live`: asked seldom.
select queue, state, count(*), min(due_at) from live group by queue, state
