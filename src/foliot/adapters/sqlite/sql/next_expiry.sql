-- When the first lease ends. Index live_leased.
select min(lease_until) from live where state = 'running'
