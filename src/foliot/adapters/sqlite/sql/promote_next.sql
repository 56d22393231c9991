-- When the next waiting run is due. Index live_waiting.
select min(due_at) from live where state in ('pending', 'retrying')
