-- Forgets submission keys whose time is over; how many. Index submission_keys_expiry.
with gone as (
    delete from submission_keys where ctid = any (array (
        select ctid from submission_keys where expires_at <= $1 limit $2 for update skip locked))
    returning true
)
select count(*) from gone
