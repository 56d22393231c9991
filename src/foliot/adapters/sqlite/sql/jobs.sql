-- A tenant's jobs, newest first. Primary key.
select json_group_array(json_array(json(document), state, payload))
from (
    select document, state, payload from definitions
    where tenant_id = :tenant_id and id < :before
      and (:state is null or state = :state) and (:type is null or type = :type) and (:queue is null or queue = :queue)
      and (:priority is null or priority = :priority)
    order by id desc limit :limit)
