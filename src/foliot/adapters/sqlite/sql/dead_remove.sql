-- The given runs are dead letters no more. Primary key.
delete from dead_letters where (tenant_id, run_id) in (select value ->> '$[0]', value ->> '$[1]' from json_each(:rows))
