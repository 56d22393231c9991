-- Stores runs that are not over. :rows is a JSON array with an array for each.
insert into live (tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts, replay_of,
                  waits_for, has_children, expires_at, planned_at, remote)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]', value ->> '$[7]', value ->> '$[8]',
       value ->> '$[9]', value ->> '$[10]', value ->> '$[11]', value ->> '$[12]', value ->> '$[13]', value ->> '$[14]', value ->> '$[15]'
from json_each(:rows)
