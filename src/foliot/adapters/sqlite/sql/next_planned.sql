-- The earliest planned instant of any recurring job. Index jobs_next.
select min(next_at) from jobs where next_at is not null and state = 'active'
