-- Dead letters outlive their piece. Primary key of dead_letters; index finished_run.
insert into finished_kept
select f.*
from dead_letters as d join a_piece as f on f.tenant_id = d.tenant_id and f.id = d.run_id
