-- When the next waiting run is due. Index live_waiting.
select due_at from live where state in ('pending', 'retrying') order by due_at limit 1
