-- Which runs were appended to the history after a seq. By seq.
select json_group_array(id) from finished not indexed where seq > :before
