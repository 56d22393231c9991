-- Forgets the given submission keys whose time is over. Primary key.
delete from submission_keys
where +expires_at <= :now
  and (tenant_id, key) in (select value ->> '$[0]', value ->> '$[1]' from json_each(:rows))
