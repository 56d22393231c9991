-- Drops the jobs that came after pruned ones and of which no run is left. Index jobs_root; live_job; finished_job.
delete from jobs
where root_id is not null
  and (tenant_id, root_id) in (
      select value ->> '$[1]', value ->> '$[3]' from json_each(:rows) as gone
      where not exists (select 1 from jobs as j where j.tenant_id = gone.value ->> '$[1]' and j.id = gone.value ->> '$[3]'))
  and not exists (
      select 1 from live as r where r.tenant_id = jobs.tenant_id and r.job_id = jobs.id and r.job_id <> r.id)
  and not exists (
      select 1 from finished as f where f.tenant_id = jobs.tenant_id and f.job_id = jobs.id and f.job_id <> f.id)
