-- Drops what belongs to pruned jobs: the submission keys that have no time of their own. Index submission_keys_job.
delete from submission_keys
where expires_at is null and (tenant_id, job_id) in (
    select value ->> '$[1]', value ->> '$[3]' from json_each(:rows) as gone
    where not exists (select 1 from jobs as j where j.tenant_id = gone.value ->> '$[1]' and j.id = gone.value ->> '$[3]'))
