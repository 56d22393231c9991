-- Jobs that come after the given recurring ones, the oldest first, with whether workers outside do them. Index jobs_root;
-- primary keys.
select json_group_array(json_array(json(document), payload, is_remote))
from (
    select d.document, d.payload,
           exists (select 1 from job_types as t where t.tenant_id = j.tenant_id and t.name = j.type)
           and not exists (select 1 from job_types as t where t.tenant_id = '' and t.name = j.type) as is_remote
    from json_each(:rows) as c
    cross join jobs as j on j.tenant_id = c.value ->> '$[0]' and j.root_id = c.value ->> '$[1]' and j.root_id is not null
    cross join definitions as d on d.tenant_id = j.tenant_id and d.id = j.id
    where j.state = 'active'
    order by j.id)
