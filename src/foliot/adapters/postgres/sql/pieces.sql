-- The partitions of a table, with their bounds.
select c.relname, pg_get_expr(c.relpartbound, c.oid)
from pg_inherits as i
join pg_class as c on c.oid = i.inhrelid
where i.inhparent = $1::text::regclass
