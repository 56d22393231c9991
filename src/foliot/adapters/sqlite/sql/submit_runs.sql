-- Runs of the jobs just stored that are due at once: each carries its job's id, type, queue and priority. By rowid.
insert into live (tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts)
select tenant_id, id, id, type, queue, priority, 'queued', created_at, created_at, max_attempts
from jobs
where rowid > :before
