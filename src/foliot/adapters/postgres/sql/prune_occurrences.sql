-- Forgets occurrences of long ago, the earliest first; schedules are past them. How many. Index occurrences_planned.
with gone as (
    delete from occurrences where ctid = any (array (
        select ctid from occurrences where planned_at < $1 order by planned_at limit $2 for update skip locked))
    returning true
)
select count(*) from gone
