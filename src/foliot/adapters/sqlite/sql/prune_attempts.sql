-- Drops what belongs to pruned runs. Primary key.
delete from attempts where (tenant_id, run_id) in (select value ->> '$[1]', value ->> '$[2]' from json_each(:rows))
