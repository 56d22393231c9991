-- One job. Primary key.
select json_array(json(document), state, payload) from definitions where tenant_id = :tenant_id and id = :job_id
