-- Drops what belongs to pruned jobs: the submission keys that have no time of their own. Index submission_keys_job.
delete from submission_keys indexed by submission_keys_job
where expires_at is null and job_id in (
    select value ->> '$[3]' from json_each(:rows) as gone
    where not exists (select 1 from jobs as j where j.tenant_id = gone.value ->> '$[1]' and j.id = gone.value ->> '$[3]'))
