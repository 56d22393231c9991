-- Drops what belongs to pruned jobs. Index events_job.
delete from events
where run_id is null and (tenant_id, job_id) in (
    select value ->> '$[1]', value ->> '$[3]' from json_each(:rows) as gone
    where not exists (select 1 from jobs as j where j.tenant_id = gone.value ->> '$[1]' and j.id = gone.value ->> '$[3]'))
