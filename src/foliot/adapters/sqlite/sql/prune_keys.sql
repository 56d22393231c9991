-- Forgets submission keys whose time is over. Index submission_keys_expiry.
delete from submission_keys
where (tenant_id, key) in (select tenant_id, key from submission_keys where expires_at <= :now limit :limit)
