-- How a transaction ended; null if nothing is known of it, as after a failover that lost it.
select case when $1::text::xid8 < pg_snapshot_xmax(pg_current_snapshot()) then pg_xact_status($1::text::xid8) end
