-- Appends events. :rows is a JSON array with an array for each.
insert into events (tenant_id, job_id, run_id, id, type, at, data)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]'
from json_each(:rows)
