-- Times are whole microseconds since 1970 in UTC; ids are UUIDv7 in text; states are the words of the domain.

create table tenants (
    id text primary key,
    name text not null unique,
    created_at integer not null
) strict, without rowid;

create table api_keys (
    id text primary key,
    tenant_id text not null,
    name text not null,
    role text not null,
    prefix text not null unique,
    hash text not null,
    created_at integer not null,
    revoked_at integer
) strict, without rowid;

create index api_keys_tenant on api_keys (tenant_id, id);

-- What processes tell one another about themselves.
create table facts (
    name text primary key,
    value text not null
) strict, without rowid;

-- Those of nobody, whose id is empty, are the system's; the others are done by their tenant's own workers.
create table job_types (
    tenant_id text not null,
    name text not null,
    policy text not null,
    schema text not null,
    description text not null,
    updated_at integer not null,
    primary key (tenant_id, name)
) strict, without rowid;

-- Dates on which jobs that name it do not run, in order.
create table calendars (
    tenant_id text not null,
    name text not null,
    dates text not null,
    description text not null,
    updated_at integer not null,
    primary key (tenant_id, name)
) strict;

-- Definitions. Only inserted into on the hot path.
create table jobs (
    tenant_id text not null,
    id text not null,
    user_id text not null,
    type text not null,
    queue text not null,
    priority integer not null,
    payload text not null,
    schedule text,
    overrides text,
    parents text,
    root_id text,
    max_attempts integer not null,
    state text not null,
    next_at integer,
    decided text,
    planned integer not null default 0,
    revision integer not null default 1,
    created_at integer not null,
    primary key (tenant_id, id)
) strict;

-- A paused job keeps its place.
create index jobs_next on jobs (next_at, id) where next_at is not null and state = 'active';

-- Jobs that come after a recurring one.
create index jobs_root on jobs (tenant_id, root_id, id) where root_id is not null;

-- Who asks for the jobs of a calendar repeats these conditions to the letter.
create index jobs_excluding on jobs (tenant_id, id)
where next_at is not null and json_array_length(schedule, '$.exclude') > 0;

-- Runs that are not over. Narrow: what a run carries stays with its job, what it becomes goes to `finished`.
create table live (
    tenant_id text not null,
    id text not null,
    job_id text not null,
    type text not null,
    queue text not null,
    priority integer not null,
    state text not null,
    due_at integer not null,
    queued_at integer,
    started_at integer,
    attempt integer not null default 0,
    max_attempts integer not null,
    lease integer not null default 0,
    lease_until integer,
    worker text,
    cancel_requested_at integer,
    progress text,
    replay_of text,
    waits_for integer,
    has_children integer,
    expires_at integer,
    planned_at integer,
    remote integer,
    primary key (tenant_id, id)
) strict;

create index live_ready on live (queue, priority, due_at, id) where state = 'queued' and remote is null;
create index live_remote on live (tenant_id, type, queue, priority, due_at, id) where state = 'queued' and remote is not null;
create index live_waiting on live (due_at) where state in ('pending', 'retrying');
create index live_leased on live (lease_until) where state = 'running';
create index live_job on live (tenant_id, job_id, id) where job_id <> id;
create index live_expiring on live (expires_at)
    where expires_at is not null and state in ('blocked', 'pending', 'queued');
create index live_parents on live (tenant_id, id) where has_children is not null;

-- Which jobs wait, or waited, for which. Looked at only when a run ends that has children. The parent's job is named where
-- it recurs, or comes after one that does.
create table links (
    tenant_id text not null,
    parent_id text not null,
    child_id text not null,
    wait_for text not null,
    join_by text not null,
    parent_job_id text,
    primary key (tenant_id, parent_id, child_id)
) strict, without rowid;

create index links_to on links (tenant_id, child_id) where parent_job_id is not null;

-- Runs that are over, in the order in which they ended. Append-only; the pruner takes from the front.
create table finished (
    seq integer primary key,
    tenant_id text not null,
    id text not null,
    job_id text not null,
    type text not null,
    queue text not null,
    priority integer not null,
    state text not null,
    cause text not null,
    due_at integer not null,
    queued_at integer,
    started_at integer,
    finished_at integer not null,
    attempt integer not null,
    max_attempts integer not null,
    lease integer not null,
    worker text,
    cancel_requested_at integer,
    progress text,
    replay_of text,
    expires_at integer,
    planned_at integer,
    result text,
    error text
) strict;

create unique index finished_run on finished (tenant_id, id);
create index finished_job on finished (tenant_id, job_id, id) where job_id <> id;

-- Attempts that were followed by another. The last one is told by the run's own row.
create table attempts (
    tenant_id text not null,
    run_id text not null,
    lease integer not null,
    number integer not null,
    worker text not null,
    state text not null,
    cause text not null,
    due_at integer not null,
    queued_at integer not null,
    started_at integer not null,
    ended_at integer not null,
    error text,
    retry_at integer,
    primary key (tenant_id, run_id, lease)
) strict, without rowid;

-- Events for which no other row stands.
create table events (
    tenant_id text not null,
    job_id text not null,
    run_id text,
    id text not null,
    type text not null,
    at integer not null,
    data text not null
) strict;

create index events_run on events (tenant_id, run_id, id) where run_id is not null;
create index events_job on events (tenant_id, job_id, id) where run_id is null;

create table dead_letters (
    tenant_id text not null,
    run_id text not null,
    type text not null,
    queue text not null,
    primary key (tenant_id, run_id)
) strict, without rowid;

-- What must be unique, for ever or for a while.
create table occurrences (
    job_id text not null,
    planned_at integer not null,
    fate text not null,
    run_id text,
    primary key (job_id, planned_at)
) strict, without rowid;

create index occurrences_planned on occurrences (planned_at);

create table submission_keys (
    tenant_id text not null,
    key text not null,
    fingerprint text not null,
    job_id text not null,
    run_id text,
    expires_at integer,
    primary key (tenant_id, key)
) strict, without rowid;

-- A key that has no time of its own is forgotten with its job.
create index submission_keys_expiry on submission_keys (expires_at) where expires_at is not null;
create index submission_keys_job on submission_keys (job_id) where expires_at is null;

-- Runs as readers see them, without their results, each as one JSON document.
create view live_runs as
select tenant_id, id, job_id, state, type, queue, priority, null as result, json_object(
    'id', id, 'job_id', job_id, 'tenant_id', tenant_id, 'type', type, 'queue', queue, 'priority', priority,
    'state', state, 'due_at', due_at, 'queued_at', queued_at, 'started_at', started_at, 'attempt', attempt,
    'max_attempts', max_attempts, 'lease', lease, 'worker', worker, 'cancel_requested_at', cancel_requested_at,
    'progress', json(progress), 'replay_of', replay_of, 'expires_at', expires_at, 'planned_at', planned_at,
    'lease_until', lease_until) as document
from live;

create view ended_runs as
select tenant_id, id, job_id, state, type, queue, priority, result, json_object(
    'id', id, 'job_id', job_id, 'tenant_id', tenant_id, 'type', type, 'queue', queue, 'priority', priority,
    'state', state, 'due_at', due_at, 'queued_at', queued_at, 'started_at', started_at, 'attempt', attempt,
    'max_attempts', max_attempts, 'lease', lease, 'worker', worker, 'cancel_requested_at', cancel_requested_at,
    'progress', json(progress), 'replay_of', replay_of, 'expires_at', expires_at, 'planned_at', planned_at,
    'finished_at', finished_at, 'cause', cause, 'error', json(error)) as document
from finished;

create view definitions as
select tenant_id, id, type, queue, priority, created_at, case
        when state <> 'active' then state
        when next_at is not null then 'active'
        when root_id is not null and exists (
            select 1 from jobs as root where root.tenant_id = j.tenant_id and root.id = j.root_id and root.next_at is not null)
            then 'active'
        when exists (select 1 from live as r where r.tenant_id = j.tenant_id and r.id = j.id) then 'active'
        when exists (
            select 1 from live as r where r.tenant_id = j.tenant_id and r.job_id = j.id and r.job_id <> r.id) then 'active'
        when (select f.state from finished as f where f.tenant_id = j.tenant_id and f.id = j.id) = 'cancelled'
            then 'cancelled'
        else 'completed'
    end as state, json_object(
    'id', id, 'tenant_id', tenant_id, 'user_id', user_id, 'type', type, 'queue', queue, 'priority', priority,
    'schedule', json(schedule), 'overrides', json(overrides), 'after', json(parents), 'max_attempts', max_attempts, 'next_at', next_at,
    'decided', json(decided), 'planned', planned, 'revision', revision, 'created_at', created_at, 'root_id', root_id) as document, payload
from jobs as j;
