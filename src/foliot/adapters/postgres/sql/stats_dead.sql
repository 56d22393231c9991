-- How many dead letters there are. Scans the primary key: asked seldom.
select count(*) from dead_letters
