"""How domain values come out of this database: as records."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

import msgspec

from foliot.adapters.editing import WaitingRun
from foliot.adapters.postgres.rows import NOBODY
from foliot.adapters.postgres.session import Row
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.ids import instant_of
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.lineage import Descendant
from foliot.domain.parents import After, Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.ripple import Link, Waiter
from foliot.domain.run import Attempt, Cause, Claimed, Failure, Progress, Queued, Run
from foliot.domain.schedule import Decision, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import (
    DueJob,
    Expired,
    InHand,
    Live,
    PlacedJob,
    Root,
    Standing,
)

_failure = msgspec.json.Decoder(Failure)
_progress = msgspec.json.Decoder(Progress)
_overrides = msgspec.json.Decoder(Overrides)
_after = msgspec.json.Decoder(After)
_policy = msgspec.json.Decoder(Policy)
_decided = msgspec.json.Decoder(tuple[Decision, ...])
_schedule = msgspec.json.Decoder(Schedule)
_data = msgspec.json.Decoder(dict[str, Any])


_PRIORITIES: Final = tuple(sorted(Priority))
_by_due: Final = itemgetter(7, 0)


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
        expires_at=r[11],
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
