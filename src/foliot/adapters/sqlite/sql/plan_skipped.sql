-- Occurrences that a policy chose not to run go straight to the history. :rows is a JSON array with an array for each.
insert into finished (
    tenant_id, id, job_id, type, queue, priority, state, cause, due_at, finished_at, attempt, max_attempts, lease, planned_at)
select value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]', value ->> '$[7]', value ->> '$[8]',
       value ->> '$[9]', 0, value ->> '$[10]', 0, value ->> '$[11]'
from json_each(:rows)
