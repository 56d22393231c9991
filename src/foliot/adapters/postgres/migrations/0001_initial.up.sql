-- The tables of the SQLite store, in PostgreSQL's types: ids are UUIDv7, documents `json`, kept to the letter.
-- What names a thing sorts by its bytes, so that no index depends on the locale of the machine.

create table tenants (
    id uuid primary key,
    name text collate "C" not null unique,
    created_at timestamptz not null
);

create table api_keys (
    id uuid primary key,
    tenant_id uuid not null,
    name text not null,
    role text not null,
    prefix text collate "C" not null unique,
    hash text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

create index api_keys_tenant on api_keys (tenant_id, id);

-- What processes tell one another about themselves.
create table facts (
    name text primary key,
    value text not null
);

-- Those of nobody, whose id is all zeros, are the system's; the others are done by their tenant's own workers.
create table job_types (
    tenant_id uuid not null,
    name text collate "C" not null,
    policy json not null,
    schema json not null,
    description text not null,
    updated_at timestamptz not null,
    primary key (tenant_id, name)
);

-- Dates on which jobs that name it do not run, in order.
create table calendars (
    tenant_id uuid not null,
    name text collate "C" not null,
    dates json not null,
    description text not null,
    updated_at timestamptz not null,
    primary key (tenant_id, name)
);

-- Definitions. Only inserted into on the hot path.
create table jobs (
    tenant_id uuid not null,
    id uuid not null,
    user_id text not null,
    type text collate "C" not null,
    queue text collate "C" not null,
    priority smallint not null,
    payload json not null,
    schedule json,
    overrides json,
    parents json,
    root_id uuid,
    max_attempts integer not null,
    state text collate "C" not null,
    next_at timestamptz,
    decided json,
    planned integer not null default 0,
    revision integer not null default 1,
    created_at timestamptz not null,
    primary key (tenant_id, id)
);

-- A paused job keeps its place.
create index jobs_next on jobs (next_at, id) where next_at is not null and state = 'active';

-- Jobs that come after a recurring one.
create index jobs_root on jobs (root_id, id) where root_id is not null;

-- Who asks for the jobs of a calendar repeats these conditions to the letter.
create index jobs_excluding on jobs (tenant_id, id)
where next_at is not null and json_array_length(schedule -> 'exclude') > 0;

-- Runs that are not over. Narrow: what a run carries stays with its job, what it becomes goes to `finished`.
-- Every row is written three times and leaves: the vacuum must come often, whatever the size of the table.
create table live (
    tenant_id uuid not null,
    id uuid not null,
    job_id uuid not null,
    type text collate "C" not null,
    queue text collate "C" not null,
    priority smallint not null,
    state text collate "C" not null,
    due_at timestamptz not null,
    queued_at timestamptz,
    started_at timestamptz,
    attempt integer not null default 0,
    max_attempts integer not null,
    lease integer not null default 0,
    lease_until timestamptz,
    worker text,
    cancel_requested_at timestamptz,
    progress json,
    replay_of uuid,
    waits_for integer,
    has_children boolean,
    expires_at timestamptz,
    planned_at timestamptz,
    remote boolean,
    primary key (tenant_id, id)
) with (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 1
);

create index live_ready on live (queue, priority, due_at, id) where state = 'queued' and remote is null;
create index live_remote on live (tenant_id, type, queue, priority, due_at, id) where state = 'queued' and remote is not null;
create index live_waiting on live (due_at) where state in ('pending', 'retrying');
create index live_leased on live (lease_until) where state = 'running';
create index live_job on live (job_id, id) where job_id <> id;
create index live_expiring on live (expires_at)
    where expires_at is not null and state in ('blocked', 'pending', 'queued');

-- Which jobs wait, or waited, for which. Looked at only when a run ends that has children. The parent's job is named where
-- it recurs, or comes after one that does.
create table links (
    tenant_id uuid not null,
    parent_id uuid not null,
    child_id uuid not null,
    wait_for text not null,
    join_by text not null,
    parent_job_id uuid,
    primary key (tenant_id, parent_id, child_id)
);

create index links_to on links (tenant_id, child_id) where parent_job_id is not null;

-- Runs that are over, in pieces by the time at which they ended. A piece is made when it is first needed, and dropped
-- when it is old; what must outlive its piece moves to the table beside it.
create table finished (
    tenant_id uuid not null,
    id uuid not null,
    job_id uuid not null,
    type text collate "C" not null,
    queue text collate "C" not null,
    priority smallint not null,
    state text collate "C" not null,
    cause text not null,
    due_at timestamptz not null,
    queued_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz not null,
    attempt integer not null,
    max_attempts integer not null,
    lease integer not null,
    worker text,
    cancel_requested_at timestamptz,
    progress json,
    replay_of uuid,
    expires_at timestamptz,
    planned_at timestamptz,
    result json,
    error json
) partition by range (finished_at);

create index finished_run on finished (tenant_id, id);
create index finished_job on finished (job_id, id) where job_id <> id;
-- Rows come nearly in this order: an index of a few bytes for thousands of them, that costs inserts next to nothing.
create index finished_end on finished using brin (finished_at) with (pages_per_range = 64, autosummarize = on);

create table finished_kept (like finished);

create unique index finished_kept_run on finished_kept (tenant_id, id);
create index finished_kept_job on finished_kept (job_id, id) where job_id <> id;

-- Attempts that were followed by another. The last one is told by the run's own row.
create table attempts (
    tenant_id uuid not null,
    run_id uuid not null,
    lease integer not null,
    number integer not null,
    worker text not null,
    state text not null,
    cause text not null,
    due_at timestamptz not null,
    queued_at timestamptz not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    error json,
    retry_at timestamptz
) partition by range (ended_at);

create index attempts_run on attempts (tenant_id, run_id, lease);

create table attempts_kept (like attempts);

create index attempts_kept_run on attempts_kept (tenant_id, run_id, lease);

-- Events for which no other row stands.
create table events (
    tenant_id uuid not null,
    job_id uuid not null,
    run_id uuid,
    id uuid not null,
    type text not null,
    at timestamptz not null,
    data json not null
) partition by range (at);

create index events_run on events (tenant_id, run_id, id) where run_id is not null;
create index events_job on events (tenant_id, job_id, id) where run_id is null;

create table events_kept (like events);

create index events_kept_run on events_kept (tenant_id, run_id, id) where run_id is not null;
create index events_kept_job on events_kept (tenant_id, job_id, id) where run_id is null;

-- How far the jobs of an old piece of `finished` have been dropped.
create table pruning (
    piece text collate "C" primary key,
    next_block bigint not null
);

create table dead_letters (
    tenant_id uuid not null,
    run_id uuid not null,
    type text collate "C" not null,
    queue text collate "C" not null,
    primary key (tenant_id, run_id)
);

-- What must be unique, for ever or for a while.
create table occurrences (
    job_id uuid not null,
    planned_at timestamptz not null,
    fate text collate "C" not null,
    run_id uuid,
    primary key (job_id, planned_at)
);

create index occurrences_planned on occurrences (planned_at);

create table submission_keys (
    tenant_id uuid not null,
    key text collate "C" not null,
    fingerprint text not null,
    job_id uuid not null,
    run_id uuid,
    expires_at timestamptz,
    primary key (tenant_id, key)
);

-- A key that has no time of its own is forgotten with its job.
create index submission_keys_expiry on submission_keys (expires_at) where expires_at is not null;
create index submission_keys_job on submission_keys (job_id) where expires_at is null;

-- Runs as readers see them, without the results that only some want.
create view live_runs as
select tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, started_at, null::timestamptz as finished_at,
       attempt, max_attempts, lease, lease_until, worker, cancel_requested_at, progress, replay_of, null::text as cause,
       null::json as error, null::json as result, expires_at, planned_at
from live;

create view ended_runs as
select tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, started_at, finished_at,
       attempt, max_attempts, lease, null::timestamptz as lease_until, worker, cancel_requested_at, progress, replay_of, cause,
       error, result, expires_at, planned_at
from finished
union all
select tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, started_at, finished_at,
       attempt, max_attempts, lease, null, worker, cancel_requested_at, progress, replay_of, cause,
       error, result, expires_at, planned_at
from finished_kept;

create view past_attempts as
select * from attempts union all select * from attempts_kept;

create view past_events as
select * from events union all select * from events_kept;

-- `offset 0` keeps what it follows a look-up by its key, where the planner might have gone through all of `live`.
-- That a run has the job's tenant is said such that no index serves it, or all runs of the tenant might be gone through.
create view definitions as
select j.tenant_id, j.id, j.user_id, j.type, j.queue, j.priority, j.payload, j.schedule, j.overrides, j.max_attempts, j.next_at,
       j.planned, j.revision, j.created_at, j.parents, j.decided, j.root_id, case
           when j.state <> 'active' then j.state
           when j.next_at is not null then 'active'
           when j.root_id is not null and exists (
               select from jobs as root
               where root.tenant_id = j.tenant_id and root.id = j.root_id and root.next_at is not null offset 0) then 'active'
           when exists (select from live as r where r.tenant_id = j.tenant_id and r.id = j.id offset 0) then 'active'
           when exists (
               select from live as r
               where r.tenant_id is not distinct from j.tenant_id and r.job_id = j.id and r.job_id <> r.id offset 0) then 'active'
           when (select f.state from ended_runs as f where f.tenant_id = j.tenant_id and f.id = j.id limit 1) = 'cancelled'
               then 'cancelled'
           else 'completed'
       end as state
from jobs as j;
