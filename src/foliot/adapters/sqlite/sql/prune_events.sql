-- Drops what belongs to pruned runs. Index events_run.
delete from events
where run_id is not null and (tenant_id, run_id) in (select value ->> '$[1]', value ->> '$[2]' from json_each(:rows))
