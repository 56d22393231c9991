-- What this transaction is called; null as long as it has not written anything.
select pg_current_xact_id_if_assigned()::text
