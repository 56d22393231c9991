-- Stores who waits for whom. :rows is a JSON array with an array for each.
insert into links (tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]'
from json_each(:rows)
