-- Whether any run that is not over has children. The first of index live_parents.
select exists (select 1 from live indexed by live_parents where has_children is not null)
