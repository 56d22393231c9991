"""How domain values look in this database: an array a column on the way in, records on the way out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any, Final

import msgspec

from foliot.adapters.editing import WaitingRun
from foliot.adapters.graph import Graph
from foliot.adapters.postgres.session import Row
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.ids import instant_of, is_id
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.lineage import Descendant
from foliot.domain.parents import After, Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.ripple import Key, Link, Step, Waiter
from foliot.domain.run import Attempt, Cause, Claimed, Failure, Outcome, Progress, Queued, Run
from foliot.domain.schedule import Decision, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import (
    ClaimRequest,
    DueJob,
    Expired,
    Held,
    InHand,
    Live,
    PlacedJob,
    Plan,
    Replay,
    Root,
    RunRef,
    Standing,
    Steering,
    Submission,
    Wanted,
)

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
BEFORE_ALL_TIMES: Final = datetime(1, 1, 1, tzinfo=UTC)
AFTER_ALL: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"

Columns = list[list[Any]]

_encode = msgspec.json.Encoder().encode
_failure = msgspec.json.Decoder(Failure)
_progress = msgspec.json.Decoder(Progress)
_overrides = msgspec.json.Decoder(Overrides)
_after = msgspec.json.Decoder(After)
_policy = msgspec.json.Decoder(Policy)
_decided = msgspec.json.Decoder(tuple[Decision, ...])
_schedule = msgspec.json.Decoder(Schedule)
_data = msgspec.json.Decoder(dict[str, Any])


def as_json(value: Any) -> str:
    """A document as it is stored."""
    return _encode(value).decode()


def known(identifier: str) -> str:
    """The id, if it can be one; else that of nobody, which finds nothing."""
    return identifier if is_id(identifier) else NOBODY


by_run: Final = attrgetter("run_id")
"""Who locks rows does so in the order of ids, so that nobody waits in a ring."""

_PRIORITIES: Final = tuple(sorted(Priority))
_by_due: Final = itemgetter(7, 0)


# -- in


def refs(batch: Iterable[RunRef | Outcome]) -> Columns:
    """For the statements that name runs, in the order of their ids."""
    pairs = [(known(ref.tenant_id), known(ref.run_id)) for ref in batch]
    return [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]


def keys(batch: Sequence[Key]) -> Columns:
    """The same for runs that are named by their jobs."""
    return [[known(tenant_id) for tenant_id, _ in batch], [known(run_id) for _, run_id in batch]]


def cells(request: ClaimRequest) -> Columns:
    """For claim: each queue and priority, its handicap, and since when its runs were due that are looked at."""
    found = [(queue, priority) for queue in request.queues for priority in request.handicaps]
    return [
        [queue for queue, _ in found], [priority for _, priority in found],
        [request.handicaps[priority][0] for _, priority in found],
        [request.handicaps[priority][1] for _, priority in found],
        [request.since.get(cell, BEFORE_ALL_TIMES) for cell in found],
    ]  # fmt: skip


def remote_cells(request: ClaimRequest) -> Columns:
    """For claim_remote: each type, queue and priority, and its handicap."""
    found = [
        (kind, queue, priority, draw, weight)
        for kind in request.types or ()
        for queue in request.queues
        for priority, (draw, weight) in request.handicaps.items()
    ]
    return [[cell[column] for cell in found] for column in range(5)]


def wanted(batch: Sequence[Wanted]) -> Columns:
    """For sought."""
    return [[w.tenant_id for w in batch], [w.type for w in batch], [w.queue for w in batch]]


def held(batch: Sequence[Held]) -> Columns:
    """For the pulse statements, and in_hand."""
    return [[known(h.tenant_id) for h in batch], [known(h.run_id) for h in batch], [h.lease for h in batch]]


def jobs(batch: Sequence[Job]) -> Columns:
    """For submit_plain; with the last five for submit_jobs."""
    return [
        [job.tenant_id for job in batch], [job.id for job in batch], [job.user_id for job in batch],
        [job.type for job in batch], [job.queue for job in batch], [job.priority for job in batch],
        [job.payload.decode() for job in batch],
        _sparse([None if job.schedule is None else as_json(job.schedule) for job in batch]),
        _sparse([None if job.overrides is NO_OVERRIDES else as_json(job.overrides) for job in batch]),
        [job.max_attempts for job in batch], [job.created_at for job in batch],
        [job.state for job in batch], [job.next_at for job in batch],
        [None if job.after is None else as_json(job.after) for job in batch],
        [decided(job.decided) for job in batch], [job.root_id for job in batch],
    ]  # fmt: skip


def decided(decisions: Sequence[Decision]) -> str | None:
    """What was decided about an instant, if anything was."""
    return as_json(decisions) if decisions else None


def debounced_runs(runs: Sequence[Run]) -> Columns:
    """For debounce_runs."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.queue for run in runs],
        [run.priority for run in runs], [run.due_at for run in runs], [run.max_attempts for run in runs],
        [run.expires_at for run in runs],
    ]  # fmt: skip


def key_claims(batch: Sequence[Submission]) -> Columns:
    """For keys_claim and keys_take; the first two for keys_read."""
    return [
        [item.job.tenant_id for item in batch], [item.key for item in batch], [item.fingerprint for item in batch],
        [item.job.id for item in batch], [None if item.run is None else item.run.id for item in batch],
        [item.key_expires_at for item in batch],
    ]  # fmt: skip


def live(runs: Sequence[Run], graph: Graph | None = None) -> Columns:
    """For insert_live; in a graph with whom they wait for."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.job_id for run in runs],
        [run.type for run in runs], [run.queue for run in runs], [run.priority for run in runs],
        [run.state for run in runs], [run.due_at for run in runs], [run.queued_at for run in runs],
        [run.max_attempts for run in runs], [run.replay_of for run in runs],
        [graph and graph.waits_for(run) for run in runs],
        [(graph and graph.has_children(run)) or None for run in runs],
        _sparse([run.expires_at for run in runs]), _sparse([run.planned_at for run in runs]),
        _sparse([run.remote or None for run in runs]),
    ]  # fmt: skip


def skipped(runs: Sequence[Run]) -> Columns:
    """For plan_skipped."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.job_id for run in runs],
        [run.type for run in runs], [run.queue for run in runs], [run.priority for run in runs],
        [run.state for run in runs], [run.cause for run in runs], [run.due_at for run in runs],
        [run.finished_at for run in runs], [run.max_attempts for run in runs], [run.planned_at for run in runs],
    ]  # fmt: skip


def steerings(batch: Sequence[Steering]) -> Columns:
    """For steer."""
    return [
        [known(s.tenant_id) for s in batch], [known(s.job_id) for s in batch], [s.expected_revision for s in batch],
        [s.expected for s in batch], [s.expected_next for s in batch], [s.state for s in batch],
        [s.next_at for s in batch], [s.planned for s in batch], [decided(s.decided) for s in batch],
    ]  # fmt: skip


def seen(batch: Sequence[Job]) -> Columns:
    """For edit_expected."""
    return [
        [known(job.tenant_id) for job in batch], [known(job.id) for job in batch], [job.revision for job in batch],
        [job.state for job in batch], [job.next_at for job in batch], [job.planned for job in batch],
    ]  # fmt: skip


def edited_jobs(batch: Sequence[Job]) -> Columns:
    """For edit_jobs."""
    return [
        [job.tenant_id for job in batch], [job.id for job in batch], [job.payload.decode() for job in batch],
        [None if job.schedule is None else as_json(job.schedule) for job in batch], [job.queue for job in batch],
        [job.priority for job in batch],
        [None if job.overrides == NO_OVERRIDES else as_json(job.overrides) for job in batch],
        [job.max_attempts for job in batch], [job.next_at for job in batch], [job.planned for job in batch],
        [decided(job.decided) for job in batch],
    ]  # fmt: skip


def edited_runs(batch: Sequence[WaitingRun]) -> Columns:
    """For edit_runs."""
    return [
        [run.tenant_id for run in batch], [run.id for run in batch], [run.queue for run in batch],
        [run.priority for run in batch], [run.max_attempts for run in batch], [run.state for run in batch],
        [run.due_at for run in batch], [run.queued_at for run in batch],
    ]  # fmt: skip


def links(batch: Sequence[Link]) -> Columns:
    """For submit_links."""
    return [
        [link.tenant_id for link in batch], [link.parent_id for link in batch], [link.child_id for link in batch],
        [link.wait_for for link in batch], [link.join for link in batch], [link.parent_job_id for link in batch],
    ]  # fmt: skip


def replays(batch: Sequence[Replay]) -> Columns:
    """For replay_links."""
    return [
        [item.tenant_id for item in batch], [item.dead_id for item in batch], [item.run.id for item in batch],
    ]  # fmt: skip


def backfills(runs: Sequence[Run]) -> Columns:
    """For backfill."""
    return [[run.job_id for run in runs], [run.planned_at for run in runs], [run.id for run in runs]]


def accounts(plans: Sequence[Plan]) -> Columns:
    """For plan_occurrences."""
    found = [(plan.job_id, account) for plan in plans for account in plan.accounts]
    return [
        [job_id for job_id, _ in found], [account.planned_at for _, account in found],
        [account.fate for _, account in found], [account.run_id for _, account in found],
    ]  # fmt: skip


def steps(batch: Sequence[Step]) -> Columns:
    """For follow."""
    return [
        [step.run.tenant_id for step in batch], [step.run.run_id for step in batch], [step.state for step in batch],
        [step.waits_for for step in batch], [step.due_at for step in batch], [step.queued_at for step in batch],
    ]  # fmt: skip


def events(batch: Sequence[Event]) -> Columns:
    """For insert_events."""
    return [
        [event.tenant_id for event in batch], [event.job_id for event in batch], [event.run_id for event in batch],
        [event.id for event in batch], [event.type for event in batch], [event.at for event in batch],
        [as_json(event.data) for event in batch],
    ]  # fmt: skip


def outcomes(batch: Sequence[Outcome]) -> Columns:
    """The columns that all statements about outcomes begin with."""
    return [[o.tenant_id for o in batch], [o.run_id for o in batch], [o.lease for o in batch]]


def errors(batch: Sequence[Outcome]) -> list[Any]:
    """The column of the errors."""
    return _sparse([None if o.error is None else as_json(o.error) for o in batch])


def _sparse(column: list[Any]) -> list[Any]:
    """A column of nulls may be left out: `unnest` fills it up, and the driver need not look at each."""
    return column if any(value is not None for value in column) else []


# -- out


def claimed(records: Iterable[Row]) -> list[Claimed]:
    """From the claims, in the order in which they are due: rows are changed in the order in which they lie."""
    return [
        Claimed(
            run_id=r[0], job_id=r[1], tenant_id=r[2], type=r[3], queue=r[4], priority=_PRIORITIES[r[5]], payload=r[6],
            due_at=r[7], attempt=r[8], max_attempts=r[9], lease=r[10],
            overrides=NO_OVERRIDES if r[11] is None else _overrides.decode(r[11]),
            after=None if r[12] is None else _after.decode(r[12]), planned_at=r[13],
        )
        for r in sorted(records, key=_by_due)
    ]  # fmt: skip


def in_hand(r: Row) -> InHand:
    """From in_hand."""
    return InHand(
        run_id=r[0], job_id=r[1], tenant_id=r[2], type=r[3], queue=r[4], priority=Priority(r[5]), attempt=r[6],
        max_attempts=r[7], lease=r[8], started_at=r[9], cancel_requested_at=r[10],
        overrides=NO_OVERRIDES if r[11] is None else _overrides.decode(r[11]),
    )  # fmt: skip


def queued(records: Iterable[Row]) -> list[Queued]:
    """From the statements that return queued runs, or dead ones."""
    return [Queued(r[0], r[1], r[2], r[3], Priority(r[4]), r[5]) for r in records]


def expired(records: Iterable[Row]) -> list[Expired]:
    """From expired."""
    return [
        Expired(
            run_id=r[0], tenant_id=r[1], lease=r[2], attempt=r[3], max_attempts=r[4], worker=r[5], type=r[6],
            queue=r[7], priority=Priority(r[8]), cancelling=r[9], remote=r[10],
        )
        for r in records
    ]  # fmt: skip


def run(r: Row) -> Run:
    """From the statements that return runs."""
    return Run(
        id=r[0], job_id=r[1], tenant_id=r[2], type=r[3], queue=r[4], priority=Priority(r[5]), state=RunState(r[6]),
        due_at=r[7], attempt=r[8], max_attempts=r[9], lease=r[10], created_at=instant_of(r[0]), queued_at=r[11],
        started_at=r[12], finished_at=r[13], worker=r[14], lease_until=r[15], cancel_requested_at=r[16],
        progress=None if r[17] is None else _progress.decode(r[17]), result=None if r[18] is None else r[18].encode(),
        error=None if r[19] is None else _failure.decode(r[19]), cause=None if r[20] is None else Cause(r[20]),
        replay_of=r[21], expires_at=r[22], planned_at=r[23],
    )  # fmt: skip


def job(r: Row) -> Job:
    """From the statements that return jobs."""
    return Job(
        id=r[0], tenant_id=r[1], user_id=r[2], type=r[3], queue=r[4], priority=Priority(r[5]), payload=r[6].encode(),
        schedule=None if r[7] is None else _schedule.decode(r[7]),
        overrides=NO_OVERRIDES if r[8] is None else _overrides.decode(r[8]), max_attempts=r[9], next_at=r[10],
        planned=r[11], created_at=r[12], state=JobState(r[13]),
        after=None if r[14] is None else _after.decode(r[14]),
        decided=() if r[15] is None else _decided.decode(r[15]), revision=r[16], root_id=r[17],
    )  # fmt: skip


def waiting_run(r: Row) -> WaitingRun:
    """From edit_lock."""
    return WaitingRun(
        tenant_id=r[0],
        id=r[1],
        job_id=r[2],
        type=r[3],
        queue=r[4],
        priority=Priority(r[5]),
        state=RunState(r[6]),
        due_at=r[7],
        queued_at=r[8],
        max_attempts=r[9],
        lease=r[10],
    )


def due_jobs(found: Iterable[Row]) -> list[DueJob]:
    """From due_jobs."""
    return [
        DueJob(
            job=job, schedule=job.schedule, next_at=job.next_at,
            policy=Policy() if r[18] is r[19] is None else _policy.decode(r[19] if r[18] is None else r[18]),
            live=[Live(run_id, RunState(state)) for run_id, state in map(str.split, r[20])],
            remote=r[18] is None and r[19] is not None,
        )
        for job, r in ((job(r), r) for r in found)
        if job.schedule is not None and job.next_at is not None
    ]  # fmt: skip


def placed_jobs(found: Iterable[Row]) -> list[PlacedJob]:
    """From the statements that return jobs with their last occurrences."""
    return [PlacedJob(job(r), r[18]) for r in found]


def descendants(found: Iterable[Row]) -> list[Descendant]:
    """From descendants, the oldest first."""
    return sorted((Descendant(job(r), r[18]) for r in found), key=lambda each: each.job.id)


def root(r: Row) -> Root:
    """From roots."""
    return Root(job_id=r[0], root_id=r[1], is_alive=r[2], descendants=r[3])


def follower(r: Row) -> Waiter:
    """From followers."""
    return Waiter(Queued(r[1], r[0], r[6], r[7], Priority(r[8]), r[10]), r[9], RunState(r[2]), r[3], r[4], r[5])


def link(r: Row) -> Link:
    """From links, and links_to."""
    return Link(r[0], r[1], r[2], WaitFor(r[3]), Join(r[4]), r[5])


def standing(r: Row) -> Standing:
    """From standing."""
    return Standing(r[0], r[1], r[2], RunState(r[3]))


def attempt(r: Row) -> Attempt:
    """From attempts."""
    return Attempt(
        run_id=r[0], number=r[1], lease=r[2], worker=r[3], state=RunState(r[4]), due_at=r[5], queued_at=r[6],
        started_at=r[7], ended_at=r[8], cause=Cause(r[9]), error=None if r[10] is None else _failure.decode(r[10]),
        retry_at=r[11],
    )  # fmt: skip


def event(r: Row) -> Event:
    """From run_events and job_events."""
    return Event(
        id=r[0], tenant_id=r[1], job_id=r[2], run_id=r[3], type=EventType(r[4]), at=r[5], data=_data.decode(r[6])
    )


def tenant(r: Row) -> Tenant:
    """From tenants."""
    return Tenant(*r)


def key(r: Row) -> ApiKey:
    """From the statements that return keys."""
    return ApiKey(
        id=r[0], tenant_id=r[1], name=r[2], role=Role(r[3]), prefix=r[4], hash=r[5], created_at=r[6], revoked_at=r[7]
    )


def job_type(r: Row) -> JobType:
    """From types."""
    return JobType(
        tenant_id=None if r[0] == NOBODY else r[0], name=r[1], policy=_policy.decode(r[2]), schema=_data.decode(r[3]),
        description=r[4],
    )  # fmt: skip
