-- Notes that a piece is being pruned. Primary key.
insert into pruning (piece, next_block) values ($1, 0) on conflict do nothing
