-- Runs of some tenants that ended in a stretch of time, in no order. Index finished_end.
-- The tenant is said such that no index serves it, or all that it ever did might be gone through.
select f.tenant_id::text, f.id::text, f.finished_at
from finished as f
where f.finished_at >= $2 and f.finished_at < $3 and f.tenant_id::text = any ($1::text[])
