"""Domain values for tests: everything has a default, name only what the test is about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import msgspec

from foliot.domain.debounce import Debounce
from foliot.domain.event import Event
from foliot.domain.ids import IdSequence, instant_of
from foliot.domain.job import EMPTY_PAYLOAD, Job
from foliot.domain.lineage import Descendant, runs_after
from foliot.domain.parents import After, Join, Parent, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides
from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.run import Cause, Claimed, Failure, Note, Outcome, Run
from foliot.domain.schedule import At, Every, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.domain.unique import Until
from foliot.ports import (
    Account,
    CancelRequest,
    ClaimRequest,
    Debounced,
    Discard,
    Edit,
    ExtraRun,
    Held,
    Plan,
    PlannedRun,
    Replay,
    Retiming,
    RunRef,
    Steering,
    Store,
    Submission,
)

NOW: Final = datetime(2026, 5, 1, 8, 0, 0, 123457, tzinfo=UTC)
LEASE: Final = timedelta(seconds=15)
ACME: Final = "01890000-0000-7000-8000-00000000acee"
OTHER: Final = "01890000-0000-7000-8000-00000000beef"
BY_AGE: Final = {priority: (0.0, float(weight)) for priority, weight in WEIGHTS.items()}
BROKEN: Final = Failure("handler_error", "it broke", "builtins.ValueError", "line 1")

_random = Random(20260501)
_ids: defaultdict[datetime, IdSequence] = defaultdict(lambda: IdSequence(_random))


def after(seconds: float) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(seconds=seconds)


def new_id(at: datetime = NOW) -> str:
    """An id made at that time, greater than all that were made for the same time before."""
    return _ids[at].take(at, 1)[0]


# -- what goes in


def job(
    *,
    tenant: str = ACME,
    type: str = "mail.send",  # noqa: A002, the word of the domain
    queue: str = "default",
    priority: Priority = Priority.DEFAULT,
    payload: bytes = EMPTY_PAYLOAD,
    max_attempts: int = 3,
    created_at: datetime = NOW,
    schedule: Schedule | None = None,
    overrides: Overrides = NO_OVERRIDES,
    next_at: datetime | None = None,
    after: After | None = None,
    root_id: str | None = None,
) -> Job:
    return Job(
        id=new_id(created_at), tenant_id=tenant, user_id="ada", type=type, queue=queue, priority=priority,
        payload=payload, state=JobState.ACTIVE, max_attempts=max_attempts, created_at=created_at, schedule=schedule,
        overrides=overrides, next_at=next_at, after=after, root_id=root_id,
    )  # fmt: skip


def run_of(
    job: Job,
    *,
    state: RunState = RunState.QUEUED,
    due_at: datetime = NOW,
    queued_at: datetime | None = None,
    finished_at: datetime | None = None,
    cause: Cause | None = None,
    replay_of: str | None = None,
    run_id: str | None = None,
    expires_at: datetime | None = None,
    planned_at: datetime | None = None,
) -> Run:
    """A run of a job. It is as old as its id; a queued one was queued when it was due unless said otherwise."""
    run_id = run_id or new_id(due_at)
    return Run(
        id=run_id, job_id=job.id, tenant_id=job.tenant_id, type=job.type, queue=job.queue, priority=job.priority,
        state=state, due_at=due_at, queued_at=queued_at or (due_at if state is RunState.QUEUED else None), attempt=0,
        max_attempts=job.max_attempts, lease=0, created_at=instant_of(run_id), finished_at=finished_at, cause=cause,
        replay_of=replay_of, expires_at=expires_at, planned_at=planned_at,
    )  # fmt: skip


def submission(
    *,
    delay: float = 0.0,
    due_at: datetime | None = None,
    state: RunState | None = None,
    expires_at: datetime | None = None,
    expires_in: float | None = None,
    key: str | None = None,
    fingerprint: str = "same",
    key_seconds: float = 3600.0,
    remote: bool = False,
    **of_job: Any,
) -> Submission:
    """A job that runs once, now or `delay` seconds after it was created; further arguments are those of `job`."""
    made = job(**of_job)
    due_at = due_at or made.created_at + timedelta(seconds=delay)
    if due_at > made.created_at:
        made = job_with(made, schedule=At(due_at))
    if expires_in is not None:
        expires_at = made.created_at + timedelta(seconds=expires_in)
    waits = RunState.PENDING if due_at > made.created_at else RunState.QUEUED
    run = run_of(made, state=state or waits, due_at=due_at, run_id=made.id, expires_at=expires_at)
    run = msgspec.structs.replace(run, remote=remote)
    if key is None:
        return Submission(job=made, run=run)
    expires_at = made.created_at + timedelta(seconds=key_seconds)
    return Submission(job=made, run=run, key=key, fingerprint=fingerprint, key_expires_at=expires_at)


def unique(key: str = "unique", until: Until = Until.ENDED, **of_submission: Any) -> Submission:
    """A job whose key is free again when its run has ended, or started; further arguments are those of `submission`."""
    made = submission(**of_submission)
    return msgspec.structs.replace(made, key=key, fingerprint="", key_until=until)


def debounced(
    key: str = "debounced", *, quiet: float = 10.0, max_wait: float | None = None, **of_submission: Any
) -> Submission:
    """A job that is due when it has been quiet for `quiet` seconds; further arguments are those of `submission`."""
    debounce = Debounce(quiet_seconds=quiet, max_wait_seconds=max_wait)
    made = unique(key, Until.STARTED, delay=quiet, **of_submission)
    told = event(EventType.JOB_DEBOUNCED, job_id=made.job.id, tenant=made.job.tenant_id, at=made.job.created_at)
    return msgspec.structs.replace(made, debounced=Debounced(debounce, told))


def child(
    *parents: Submission | Run | str,
    wait_for: WaitFor = WaitFor.SUCCEEDED,
    join: Join = Join.ALL,
    **of_submission: Any,
) -> Submission:
    """A job that waits for others; further arguments are those of `submission`."""
    links = tuple(Parent(_job_id(parent), wait_for) for parent in parents)
    return submission(state=RunState.BLOCKED, after=After(links, join), **of_submission)


def _job_id(of: Submission | Run | str) -> str:
    return of if isinstance(of, str) else of.job.id if isinstance(of, Submission) else of.job_id


def recurring(*, every: float = 60.0, first: datetime | None = None, **of_job: Any) -> Submission:
    """A job that recurs, next at `first` (one interval after NOW when left out)."""
    first = first or after(every)
    return Submission(job=job(schedule=Every(seconds=every, start=first), next_at=first, **of_job), run=None)


def descendant(
    root: Submission,
    *parents: Submission,
    wait_for: WaitFor = WaitFor.SUCCEEDED,
    join: Join = Join.ALL,
    **of_job: Any,
) -> Submission:
    """A job that comes after each run of a recurring one: after that itself, or after others that do."""
    links = tuple(Parent(parent.job.id, wait_for) for parent in parents or [root])
    return Submission(job=job(root_id=root.job.id, after=After(links, join), **of_job), run=None)


def job_with(made: Job, **changes: Any) -> Job:
    """The same job, otherwise."""
    return msgspec.structs.replace(made, **changes)


# -- what engines ask


def wish(
    *,
    worker: str = "worker-1",
    queues: Sequence[str] = ("default",),
    limit: int = 100,
    now: datetime = NOW,
    lease_until: datetime | None = None,
    handicaps: Mapping[Priority, tuple[float, float]] = BY_AGE,
    types: Sequence[str] | None = None,
    tenant: str | None = None,
) -> ClaimRequest:
    return ClaimRequest(
        worker=worker,
        queues=queues,
        limit=limit,
        now=now,
        lease_until=lease_until or now + LEASE,
        handicaps=handicaps,
        types=types,
        tenant_id=tenant,
    )


def remote_wish(tenant: str = ACME, types: Sequence[str] = ("mail.send",), **of_wish: Any) -> ClaimRequest:
    """What a worker outside asks for."""
    return wish(tenant=tenant, types=types, **of_wish)


def held(claimed: Claimed) -> Held:
    return Held(claimed.run_id, claimed.tenant_id, claimed.lease)


def occurrence(
    job: Job,
    *,
    following: datetime | None,
    state: RunState = RunState.QUEUED,
    expected: datetime | None = None,
    count: int = 1,
    events: Sequence[Event] = (),
    after: After | None = None,
    **of_plan: Any,
) -> Plan:
    """The next occurrence of a recurring job, which is one run."""
    expected = expected or job.next_at
    assert expected is not None
    skipped = state is RunState.SKIPPED
    run = run_of(
        job, state=state, due_at=expected, finished_at=expected if skipped else None,
        cause=Cause.OVERLAP if skipped else None, planned_at=expected,
    )  # fmt: skip
    made = Plan(
        tenant_id=job.tenant_id, job_id=job.id, expected=expected, revision=job.revision, following=following,
        count=count, accounts=[Account(expected, "skipped" if skipped else "run", run.id)],
        runs=[PlannedRun(run, after)], events=events,
    )  # fmt: skip
    return msgspec.structs.replace(made, **of_plan)


def planned_after(plan: Plan, descendants: Sequence[Descendant]) -> Plan:
    """An occurrence, with the runs that come after its run."""
    those = [PlannedRun(*each) for each in runs_after(the_run(plan), descendants, _ids[plan.expected], plan.expected)]
    return msgspec.structs.replace(plan, runs=[*plan.runs, *those])


def the_run(plan: Plan) -> Run:
    """The run of an occurrence."""
    [item] = plan.runs
    return item.run


# -- how attempts end


def outcome(
    claimed: Claimed,
    state: RunState,
    cause: Cause,
    *,
    at: datetime | None = None,
    result: bytes | None = None,
    error: Failure | None = None,
    due_at: datetime | None = None,
) -> Outcome:
    return Outcome(
        run_id=claimed.run_id, tenant_id=claimed.tenant_id, lease=claimed.lease, state=state, cause=cause,
        at=at or after(1), result=result, error=error, due_at=due_at,
    )  # fmt: skip


def succeeded(claimed: Claimed, at: datetime | None = None, result: bytes | None = b"{}") -> Outcome:
    return outcome(claimed, RunState.SUCCEEDED, Cause.RETURNED, at=at, result=result)


def failed(claimed: Claimed, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.FAILED, Cause.RAISED, at=at, error=BROKEN)


def retried(claimed: Claimed, due_at: datetime, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.RETRYING, Cause.RAISED, at=at, error=BROKEN, due_at=due_at)


def handed_back(claimed: Claimed, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.QUEUED, Cause.HANDED_BACK, at=at)


def lease_lost(claimed: Claimed, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.QUEUED, Cause.LEASE_LOST, at=at or after(15.000001), error=BROKEN)


def deferred(claimed: Claimed, due_at: datetime, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.PENDING, Cause.DEFERRED, at=at, due_at=due_at)


def stopped(claimed: Claimed, at: datetime | None = None) -> Outcome:
    return outcome(claimed, RunState.CANCELLED, Cause.CANCELLED, at=at)


def said(claimed: Claimed, message: str, fraction: float | None = None, at: datetime | None = None) -> Note:
    return Note(claimed.run_id, claimed.tenant_id, claimed.lease, at or after(0.5), message, fraction)


# -- what callers ask


def ref(of: Run | Claimed) -> RunRef:
    return RunRef(of.tenant_id, of.run_id if isinstance(of, Claimed) else of.id)


def event(kind: EventType, *, job_id: str, run_id: str | None = None, tenant: str = ACME, at: datetime = NOW) -> Event:
    return Event(id=new_id(at), tenant_id=tenant, job_id=job_id, run_id=run_id, type=kind, at=at, data={"by": "ada"})


def asked(kind: EventType, of: Run | Claimed, at: datetime = NOW) -> Event:
    """Somebody asked for this of a run."""
    return event(kind, job_id=of.job_id, run_id=ref(of).run_id, tenant=of.tenant_id, at=at)


def cancelling(of: Run | Claimed, at: datetime = NOW) -> CancelRequest:
    return CancelRequest(
        run_id=ref(of).run_id, tenant_id=of.tenant_id, at=at, event=asked(EventType.RUN_CANCEL_REQUESTED, of, at)
    )


def steering(of: Job, state: JobState, **changes: Any) -> Steering:
    """Pause or resume a job that is as it is here, at its place."""
    assert of.next_at is not None
    kind = EventType.JOB_PAUSED if state is JobState.PAUSED else EventType.JOB_RESUMED
    made = Steering(
        tenant_id=of.tenant_id, job_id=of.id, expected_revision=of.revision, expected=of.state,
        expected_next=of.next_at, state=state, next_at=of.next_at, planned=of.planned,
        event=event(kind, job_id=of.id, tenant=of.tenant_id),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def editing(of: Job, *, due_at: datetime | None = None, at: datetime = NOW, **changes: Any) -> Edit:
    """Make a job otherwise that is as it is here; its run is due at `due_at` then, if that is given."""
    told = event(EventType.JOB_UPDATED, job_id=of.id, tenant=of.tenant_id, at=at)
    asked_of_run = event(EventType.RUN_RESCHEDULED, job_id=of.id, run_id=of.id, tenant=of.tenant_id, at=at)
    retiming = None if due_at is None else Retiming(due_at=due_at, event=asked_of_run)
    return Edit(seen=of, job=job_with(of, **changes), event=told, retiming=retiming)


def extra(of: Job, descendants: Sequence[Descendant] = ()) -> ExtraRun:
    """A run of a job beside its schedule, with the runs that come after it."""
    run = run_of(of)
    told = event(EventType.RUN_REQUESTED, job_id=of.id, run_id=run.id, tenant=of.tenant_id)
    those = [PlannedRun(*each) for each in runs_after(run, descendants, _ids[NOW], NOW)]
    return ExtraRun(run=run, event=told, followed_by=those)


def replaying(dead: Run, at: datetime = NOW) -> Replay:
    """Replay a dead letter with a new run that is queued at once."""
    run_id = new_id(at)
    fresh = Run(
        id=run_id, job_id=dead.job_id, tenant_id=dead.tenant_id, type=dead.type, queue=dead.queue,
        priority=dead.priority, state=RunState.QUEUED, due_at=at, queued_at=at, attempt=0,
        max_attempts=dead.max_attempts, lease=0, created_at=instant_of(run_id), replay_of=dead.id,
        planned_at=dead.planned_at,
    )  # fmt: skip
    return Replay(tenant_id=dead.tenant_id, dead_id=dead.id, run=fresh, event=asked(EventType.RUN_REPLAYED, dead, at))


def discarding(dead: Run, at: datetime = NOW) -> Discard:
    return Discard(tenant_id=dead.tenant_id, dead_id=dead.id, event=asked(EventType.RUN_DISCARDED, dead, at))


# -- short ways to a state


async def submitted(store: Store, **of_submission: Any) -> Run:
    """The run of a job that was just stored."""
    made = submission(**of_submission)
    await store.submit([made])
    assert made.run is not None
    return made.run


async def started(store: Store, **of_submission: Any) -> Claimed:
    """A run that was just stored and claimed; nothing else is queued in its queue."""
    made = await submitted(store, **of_submission)
    [claimed] = await store.claim(wish(queues=[made.queue]))
    assert claimed.run_id == made.id
    return claimed


async def buried(store: Store, **of_submission: Any) -> Run:
    """A dead letter."""
    claimed = await started(store, **of_submission)
    assert not (await store.finish([failed(claimed)])).lost
    return await found(store, claimed)


async def found(store: Store, of: Run | Claimed) -> Run:
    """How a run stands in the store."""
    run = await store.run(of.tenant_id, ref(of).run_id)
    assert run is not None
    return run


async def pruned(store: Store, before: datetime, limit: int = 100) -> None:
    """Forget all that is older."""
    while await store.prune(before, limit):
        pass
