-- The piece is done. Primary key.
delete from pruning where piece = $1
