-- Whom the given runs wait, or waited, for, of jobs that come after a recurring one. Index links_to.
select json_group_array(json_array(tenant_id, parent_id, child_id, wait_for, join_by, parent_job_id))
from links indexed by links_to
where parent_job_id is not null and (tenant_id, child_id) in (select value ->> '$[0]', value ->> '$[1]' from json_each(:rows))
