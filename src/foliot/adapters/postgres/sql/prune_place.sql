-- Where to go on with a piece. Primary key.
select next_block from pruning where piece = $1
