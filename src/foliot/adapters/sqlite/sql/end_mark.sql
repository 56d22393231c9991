-- The last place in the order of the ends. By seq.
select coalesce((select seq from finished not indexed where seq > 0 order by seq desc limit 1), 0)
