-- Takes the newest pages of the pieces into the index finished_end, which needs some help to be quick at once.
select brin_summarize_new_values(i.inhrelid)
from pg_inherits as i
where i.inhparent = 'finished_end'::regclass
