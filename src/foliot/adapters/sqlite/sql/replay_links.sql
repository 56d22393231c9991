-- Lets a run wait, as if, for whom the run waited that it replays. Index links_to.
insert into links (tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id)
select tenant_id, parent_id, :run_id, wait_for, join_by, parent_job_id
from links indexed by links_to
where tenant_id = :tenant_id and child_id = :dead_id and parent_job_id is not null
