-- A text for each of the given runs that is another one whenever something has happened to it. Primary key;
-- indexes finished_run, finished_kept_run, events_run, events_kept_run.
select r.tenant_id::text, r.id::text, concat_ws(' ', r.state, r.lease, r.attempt, r.due_at, r.queued_at, r.cancel_requested_at, r.progress,
           (select count(*) from past_events as e where e.run_id is not null and e.tenant_id = r.tenant_id and e.run_id = r.id))
from unnest($1::uuid[], $2::uuid[]) as asked (tenant_id, id)
cross join lateral (
    select tenant_id, id, state, lease, attempt, due_at, queued_at, cancel_requested_at, progress
    from live as l where l.tenant_id = asked.tenant_id and l.id = asked.id
    union all
    select tenant_id, id, state, lease, attempt, due_at, queued_at, cancel_requested_at, progress
    from ended_runs as e where e.tenant_id = asked.tenant_id and e.id = asked.id) as r
