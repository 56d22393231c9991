-- One job. Primary key.
select id::text, tenant_id::text, user_id, type, queue, priority, payload, schedule, overrides, max_attempts, next_at, planned, created_at,
       state, parents, decided, revision, root_id::text
from definitions where tenant_id = $1 and id = $2
