-- How a job stands. Primary key.
select state from definitions where tenant_id = $1 and id = $2
