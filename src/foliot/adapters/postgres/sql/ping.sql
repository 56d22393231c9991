-- Whether the tables are there, and cannot be written.
select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean, exists (select from jobs)
