-- Whether the database cannot be written, and that the tables are there.
select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean, exists (select from jobs where false)
