-- Takes occurrences; nobody can take one twice, for ever. Primary key.
insert into occurrences (job_id, planned_at, run_id)
select value ->> '$[1]', value ->> '$[2]', value ->> '$[5]' from json_each(:rows)
