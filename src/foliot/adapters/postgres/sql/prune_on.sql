-- Notes where to go on with a piece. Primary key.
update pruning set next_block = $2 where piece = $1
