-- Takes occurrences; nobody can take one twice. Primary key.
insert into occurrences (job_id, planned_at, fate, run_id)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]' from json_each(:rows)
