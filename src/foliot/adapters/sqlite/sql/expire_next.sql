-- When the first run expires that has not started. Index live_expiring.
select min(expires_at) from live where expires_at is not null and state in ('blocked', 'pending', 'queued')
