-- Wakes those who listen.
select pg_notify($1, $2)
