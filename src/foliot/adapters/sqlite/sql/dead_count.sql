-- How many dead letters there are. Scans them: asked seldom.
select count(*) from dead_letters
