-- Runs that have not started in time, the first to expire first. Index live_expiring.
select tenant_id::text, id::text from live
where expires_at is not null and state in ('blocked', 'pending', 'queued') and expires_at <= $1
order by expires_at limit $2
