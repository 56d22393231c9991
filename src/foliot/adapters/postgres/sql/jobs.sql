-- A tenant's jobs, newest first. Primary key.
select id::text, tenant_id::text, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, next_at, planned, created_at,
       state, parents, decided, revision, root_id::text
from definitions
where tenant_id = $1 and id < $2
  and ($4::text is null or state = $4) and ($5::text is null or type = $5) and ($6::text is null or queue = $6)
  and ($7::smallint is null or priority = $7)
order by definitions.id desc limit $3
