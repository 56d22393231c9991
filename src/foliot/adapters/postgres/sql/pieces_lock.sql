-- Only one makes pieces at a time; the lock ends with the transaction.
select pg_advisory_xact_lock(hashtextextended('foliot.pieces', 0))
