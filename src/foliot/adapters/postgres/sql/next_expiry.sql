-- When the first lease ends. Index live_leased.
select lease_until from live where state = 'running' order by lease_until limit 1
