-- Takes the given submission keys from whoever has them. Primary key.
delete from submission_keys
where (tenant_id, key) in (select value ->> '$[0]', value ->> '$[1]' from json_each(:rows))
