-- When the first run expires that has not started. Index live_expiring.
select expires_at from live
where expires_at is not null and state in ('blocked', 'pending', 'queued')
order by expires_at limit 1
