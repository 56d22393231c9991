-- Stores jobs. :rows is a JSON array with an array for each.
insert into jobs (tenant_id, id, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, state, next_at,
                  created_at, parents, decided, root_id)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]', value ->> '$[7]', value ->> '$[8]',
       value ->> '$[9]', value ->> '$[10]', value ->> '$[11]', value ->> '$[12]', value ->> '$[13]', value ->> '$[14]', value ->> '$[15]'
from json_each(:rows)
