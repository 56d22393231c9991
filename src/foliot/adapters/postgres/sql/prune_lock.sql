-- Whether nobody else prunes; the lock ends with the transaction.
select pg_try_advisory_xact_lock(hashtextextended('foliot.pruning', 0))
