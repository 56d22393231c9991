-- Runs of some tenants that ended after a place in the order of the ends, that order kept. By seq.
select json_group_array(json_array(seq, tenant_id, id))
from (
    select seq, tenant_id, id from finished not indexed
    where seq > :mark and tenant_id in (select value from json_each(:tenants))
    order by seq limit :limit)
