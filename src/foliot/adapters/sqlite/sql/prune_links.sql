-- Forgets who waited for runs that are forgotten. Primary key.
delete from links where (tenant_id, parent_id) in (select value ->> '$[1]', value ->> '$[2]' from json_each(:rows))
