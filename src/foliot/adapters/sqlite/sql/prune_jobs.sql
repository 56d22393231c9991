-- Drops jobs that can have no further run and of which none is left. Primary key; live_job; finished_job.
delete from jobs
where (tenant_id, id) in (select value ->> '$[1]', value ->> '$[3]' from json_each(:rows))
  and next_at is null
  and (root_id is null or not exists (
      select 1 from jobs as root
      where root.tenant_id = jobs.tenant_id and root.id = jobs.root_id and root.next_at is not null))
  and not exists (select 1 from live as r where r.tenant_id = jobs.tenant_id and r.id = jobs.id)
  and not exists (
      select 1 from live as r where r.tenant_id = jobs.tenant_id and r.job_id = jobs.id and r.job_id <> r.id)
  and not exists (select 1 from finished as f where f.tenant_id = jobs.tenant_id and f.id = jobs.id)
  and not exists (
      select 1 from finished as f where f.tenant_id = jobs.tenant_id and f.job_id = jobs.id and f.job_id <> f.id)
