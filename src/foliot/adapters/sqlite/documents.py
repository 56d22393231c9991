"""How domain values come out of this database: as documents, a whole answer in one, with times as integers."""

from collections.abc import Iterable
from typing import Any

import msgspec

from foliot.adapters.editing import WaitingRun
from foliot.adapters.sqlite.rows import Row, instant
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.ids import instant_of
from foliot.domain.instant import from_microseconds
from foliot.domain.job import Job
from foliot.domain.lineage import Descendant
from foliot.domain.parents import After, Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.ripple import End, Key, Link, Waiter
from foliot.domain.run import Attempt, Cause, Claimed, Failure, Progress, Queued, Run
from foliot.domain.schedule import Decision, Fate, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import (
    DueJob,
    InHand,
    Live,
    Occurrence,
    PlacedJob,
    Root,
    Standing,
    Wanted,
)


class _ClaimedRow(msgspec.Struct, array_like=True):
    run_id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: int
    payload: str
    due_at: int
    attempt: int
    max_attempts: int
    lease: int
    overrides: str | None
    after: After | None
    planned_at: int | None


class _InHandRow(msgspec.Struct, array_like=True):
    run_id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: int
    attempt: int
    max_attempts: int
    lease: int
    started_at: int
    cancel_requested_at: int | None
    overrides: str | None


class _RunRow(msgspec.Struct, kw_only=True):
    id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: int
    state: RunState
    due_at: int
    queued_at: int | None
    started_at: int | None
    attempt: int
    max_attempts: int
    lease: int
    worker: str | None
    cancel_requested_at: int | None
    progress: Progress | None
    replay_of: str | None
    expires_at: int | None
    planned_at: int | None
    lease_until: int | None = None
    finished_at: int | None = None
    cause: Cause | None = None
    error: Failure | None = None

    def run(self, result: str | None = None) -> Run:
        return Run(
            id=self.id, job_id=self.job_id, tenant_id=self.tenant_id, type=self.type, queue=self.queue,
            priority=Priority(self.priority), state=self.state, due_at=from_microseconds(self.due_at),
            attempt=self.attempt, max_attempts=self.max_attempts, lease=self.lease, created_at=instant_of(self.id),
            queued_at=instant(self.queued_at), started_at=instant(self.started_at),
            finished_at=instant(self.finished_at), worker=self.worker, lease_until=instant(self.lease_until),
            cancel_requested_at=instant(self.cancel_requested_at), progress=self.progress,
            result=None if result is None else result.encode(), error=self.error, cause=self.cause,
            replay_of=self.replay_of, expires_at=instant(self.expires_at),
            planned_at=instant(self.planned_at),
        )  # fmt: skip


class _JobRow(msgspec.Struct, kw_only=True):
    id: str
    tenant_id: str
    user_id: str
    type: str
    queue: str
    priority: int
    schedule: Schedule | None
    overrides: Overrides | None
    after: After | None
    max_attempts: int
    next_at: int | None
    decided: tuple[Decision, ...] | None
    planned: int
    revision: int
    created_at: int
    root_id: str | None

    def job(self, state: JobState, payload: str) -> Job:
        return Job(
            id=self.id, tenant_id=self.tenant_id, user_id=self.user_id, type=self.type, queue=self.queue,
            priority=Priority(self.priority), payload=payload.encode(), state=state, max_attempts=self.max_attempts,
            created_at=from_microseconds(self.created_at), schedule=self.schedule,
            overrides=self.overrides or NO_OVERRIDES, next_at=instant(self.next_at),
            decided=self.decided or (), planned=self.planned, revision=self.revision, after=self.after,
            root_id=self.root_id,
        )  # fmt: skip


class _FollowerRow(msgspec.Struct, array_like=True):
    tenant_id: str
    id: str
    state: RunState
    due_at: int
    waits_for: int
    has_children: bool
    type: str
    queue: str
    priority: int
    job_id: str
    remote: bool


class _WaitingRow(msgspec.Struct, array_like=True):
    tenant_id: str
    id: str
    job_id: str
    type: str
    queue: str
    priority: int
    state: RunState
    due_at: int
    queued_at: int | None
    max_attempts: int
    lease: int
    expires_at: int | None


class _LinkRow(msgspec.Struct, array_like=True):
    tenant_id: str
    parent_id: str
    child_id: str
    wait_for: WaitFor
    join_by: Join
    parent_job_id: str | None


class _AttemptRow(msgspec.Struct, kw_only=True):
    run_id: str
    number: int
    lease: int
    worker: str
    state: RunState
    cause: Cause
    due_at: int
    queued_at: int
    started_at: int
    ended_at: int
    error: Failure | None
    retry_at: int | None


class _EventRow(msgspec.Struct, kw_only=True):
    id: str
    tenant_id: str
    job_id: str
    run_id: str | None
    type: EventType
    at: int
    data: dict[str, Any]


class _TenantRow(msgspec.Struct, kw_only=True):
    id: str
    name: str
    created_at: int


class _KeyRow(msgspec.Struct, kw_only=True):
    id: str
    tenant_id: str
    name: str
    role: Role
    prefix: str
    hash: str
    created_at: int
    revoked_at: int | None


_claimed = msgspec.json.Decoder(list[_ClaimedRow])
_in_hand = msgspec.json.Decoder(list[_InHandRow])
_wanted = msgspec.json.Decoder(list[tuple[str, str, str]])
_run = msgspec.json.Decoder(tuple[_RunRow, str | None])
_runs = msgspec.json.Decoder(list[_RunRow])
_occurrences = msgspec.json.Decoder(list[tuple[int, Fate, str | None, _RunRow | None]])
_runs_with_results = msgspec.json.Decoder(list[tuple[_RunRow, str | None]])
_job = msgspec.json.Decoder(tuple[_JobRow, JobState, str])
_jobs = msgspec.json.Decoder(list[tuple[_JobRow, JobState, str]])
_due_jobs = msgspec.json.Decoder(list[tuple[_JobRow, str, Policy | None, Policy | None, list[tuple[str, RunState]]]])
_descendants = msgspec.json.Decoder(list[tuple[_JobRow, str, bool]], strict=False)
_roots = msgspec.json.Decoder(list[tuple[str, str, bool, int]], strict=False)
_placed_jobs = msgspec.json.Decoder(list[tuple[_JobRow, JobState, str, int | None]])
_followers = msgspec.json.Decoder(list[_FollowerRow], strict=False)
_waiting_runs = msgspec.json.Decoder(list[_WaitingRow])
_links = msgspec.json.Decoder(list[_LinkRow])
_ends = msgspec.json.Decoder(list[tuple[str, str, RunState, int]])
_standing = msgspec.json.Decoder(list[tuple[str, str, str, RunState]])
_attempts = msgspec.json.Decoder(list[_AttemptRow])
_events = msgspec.json.Decoder(list[_EventRow])
_tenants = msgspec.json.Decoder(list[_TenantRow])
_key = msgspec.json.Decoder(_KeyRow)
_keys = msgspec.json.Decoder(list[_KeyRow])
_overrides = msgspec.json.Decoder(Overrides)


def claimed(text: str) -> list[Claimed]:
    """From claim_read."""
    return [
        Claimed(
            run_id=row.run_id, job_id=row.job_id, tenant_id=row.tenant_id, type=row.type, queue=row.queue,
            priority=Priority(row.priority), payload=row.payload, due_at=from_microseconds(row.due_at),
            attempt=row.attempt, max_attempts=row.max_attempts, lease=row.lease,
            overrides=NO_OVERRIDES if row.overrides is None else _overrides.decode(row.overrides),
            after=row.after, planned_at=instant(row.planned_at),
        )
        for row in _claimed.decode(text)
    ]  # fmt: skip


def in_hand(text: str) -> list[InHand]:
    """From in_hand."""
    return [
        InHand(
            run_id=row.run_id, job_id=row.job_id, tenant_id=row.tenant_id, type=row.type, queue=row.queue,
            priority=Priority(row.priority), attempt=row.attempt, max_attempts=row.max_attempts, lease=row.lease,
            started_at=from_microseconds(row.started_at), cancel_requested_at=instant(row.cancel_requested_at),
            overrides=NO_OVERRIDES if row.overrides is None else _overrides.decode(row.overrides),
        )
        for row in _in_hand.decode(text)
    ]  # fmt: skip


def wanted(text: str) -> list[Wanted]:
    """From sought."""
    return [Wanted(*row) for row in _wanted.decode(text)]


def queued(promoted: Iterable[Row]) -> list[Queued]:
    """From the statements that return queued runs, or dead ones."""
    return [Queued(row[0], row[1], row[2], row[3], Priority(row[4]), bool(row[5])) for row in promoted]


def run(text: str) -> Run:
    """From run."""
    row, result = _run.decode(text)
    return row.run(result)


def runs(text: str) -> list[Run]:
    """From the statements that list runs."""
    return [row.run() for row in _runs.decode(text)]


def occurrences(text: str) -> list[Occurrence]:
    """From occurrences; those whose runs are forgotten are left out."""
    return [
        Occurrence(from_microseconds(at), fate, None if row is None else row.run())
        for at, fate, run_id, row in _occurrences.decode(text)
        if row is not None or run_id is None
    ]


def runs_with_results(text: str) -> list[Run]:
    """From ended."""
    return [row.run(result) for row, result in _runs_with_results.decode(text)]


def job(text: str) -> Job:
    """From job."""
    row, state, payload = _job.decode(text)
    return row.job(state, payload)


def jobs(text: str) -> list[Job]:
    """From jobs."""
    return [row.job(state, payload) for row, state, payload in _jobs.decode(text)]


def due_jobs(text: str) -> list[DueJob]:
    """From due_jobs."""
    found = [
        (row.job(JobState.ACTIVE, payload), policy, remote_policy, live)
        for row, payload, policy, remote_policy, live in _due_jobs.decode(text)
    ]
    return [
        DueJob(
            job=job,
            schedule=job.schedule,
            next_at=job.next_at,
            policy=policy or remote_policy or Policy(),
            live=[Live(run_id, state) for run_id, state in live],
            remote=policy is None and remote_policy is not None,
        )
        for job, policy, remote_policy, live in found
        if job.schedule is not None and job.next_at is not None
    ]


def descendants(text: str) -> list[Descendant]:
    """From descendants."""
    found = _descendants.decode(text)
    return [Descendant(row.job(JobState.ACTIVE, payload), is_remote) for row, payload, is_remote in found]


def roots(text: str) -> list[Root]:
    """From roots."""
    return [
        Root(job_id=job_id, root_id=root_id, is_alive=is_alive, descendants=count)
        for job_id, root_id, is_alive, count in _roots.decode(text)
    ]


def latest(text: str, tenant_id: str) -> dict[str, Standing]:
    """From latest."""
    return {
        job_id: Standing(tenant_id, run_id, type_, state) for job_id, run_id, type_, state in _standing.decode(text)
    }


def placed_jobs(text: str) -> list[PlacedJob]:
    """From the statements that return jobs with their last occurrences."""
    return [
        PlacedJob(row.job(state, payload), instant(last)) for row, state, payload, last in _placed_jobs.decode(text)
    ]


def followers(text: str) -> list[Waiter]:
    """From followers."""
    return [
        Waiter(
            Queued(row.id, row.tenant_id, row.type, row.queue, Priority(row.priority), row.remote), row.job_id,
            row.state, from_microseconds(row.due_at), row.waits_for, row.has_children,
        )
        for row in _followers.decode(text)
    ]  # fmt: skip


def waiting_runs(text: str) -> list[WaitingRun]:
    """From edit_found."""
    return [
        WaitingRun(
            tenant_id=row.tenant_id, id=row.id, job_id=row.job_id, type=row.type, queue=row.queue,
            priority=Priority(row.priority), state=row.state, due_at=from_microseconds(row.due_at),
            queued_at=instant(row.queued_at), max_attempts=row.max_attempts, lease=row.lease,
            expires_at=instant(row.expires_at),
        )
        for row in _waiting_runs.decode(text)
    ]  # fmt: skip


def links(text: str) -> list[Link]:
    """From links, and links_to."""
    return [
        Link(row.tenant_id, row.parent_id, row.child_id, row.wait_for, row.join_by, row.parent_job_id)
        for row in _links.decode(text)
    ]


def ends(text: str) -> dict[Key, End]:
    """From finish_parents."""
    return {(tenant, run): End(state, from_microseconds(at)) for tenant, run, state, at in _ends.decode(text)}


def standing(text: str) -> list[Standing]:
    """From standing."""
    return [Standing(*row) for row in _standing.decode(text)]


def attempts(text: str) -> list[Attempt]:
    """From attempts."""
    return [
        Attempt(
            run_id=row.run_id, number=row.number, lease=row.lease, worker=row.worker, state=row.state,
            due_at=from_microseconds(row.due_at), queued_at=from_microseconds(row.queued_at),
            started_at=from_microseconds(row.started_at), ended_at=from_microseconds(row.ended_at), cause=row.cause,
            error=row.error, retry_at=instant(row.retry_at),
        )
        for row in _attempts.decode(text)
    ]  # fmt: skip


def events(text: str) -> list[Event]:
    """From run_events and job_events."""
    return [
        Event(
            id=row.id, tenant_id=row.tenant_id, job_id=row.job_id, run_id=row.run_id, type=row.type,
            at=from_microseconds(row.at), data=row.data,
        )
        for row in _events.decode(text)
    ]  # fmt: skip


def tenants(text: str) -> list[Tenant]:
    """From tenants."""
    return [Tenant(row.id, row.name, from_microseconds(row.created_at)) for row in _tenants.decode(text)]


def key(text: str) -> ApiKey:
    """From key_by_prefix."""
    return _api_key(_key.decode(text))


def keys(text: str) -> list[ApiKey]:
    """From keys_of_tenant."""
    return [_api_key(row) for row in _keys.decode(text)]


def _api_key(row: _KeyRow) -> ApiKey:
    return ApiKey(
        id=row.id, tenant_id=row.tenant_id, name=row.name, role=row.role, prefix=row.prefix, hash=row.hash,
        created_at=from_microseconds(row.created_at), revoked_at=instant(row.revoked_at),
    )  # fmt: skip
