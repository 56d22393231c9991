-- Forgets submission keys whose time is over. Index submission_keys_expiry.
with old as materialized (
    select tenant_id, key from submission_keys where expires_at <= $1
    order by expires_at limit $2 for update skip locked
)
delete from submission_keys as k using old where k.tenant_id = old.tenant_id and k.key = old.key
