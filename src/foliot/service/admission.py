"""Letting work in: a request is checked whole and becomes a submission, or an error that says what to change."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import InvalidRequest, InvalidTime
from foliot.domain.identity import Identity
from foliot.domain.ids import IdSequence
from foliot.domain.instant import LATEST
from foliot.domain.job import EMPTY_PAYLOAD, LARGEST_PAYLOAD_BYTES, LONGEST_KEY, Job, check_size
from foliot.domain.job_type import JobType
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, check_name
from foliot.domain.priority import Priority
from foliot.domain.run import Run
from foliot.domain.schedule import At, Planned, Schedule
from foliot.domain.states import JobState, RunState
from foliot.ports import Submission

PAST_TOLERANCE: Final = timedelta(hours=1)
"""An instant this far back is taken as "now": a slow network or a retried request made it late. Older is refused."""

KEY_MEMORY: Final = timedelta(hours=24)
"""How long a submission key is remembered."""


class ParentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job to wait for: one that is stored, by its `job_id`, or one of the same call, by its `alias`."""

    job_id: str | None = None
    alias: str | None = None
    wait_for: WaitFor = WaitFor.SUCCEEDED


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job as a caller asks for it. `payload` is JSON; absent members follow the job type.

    At most one of `schedule` and `delay_seconds` may be given; without either the job is due at once. With `parents`
    it waits for all, or for any one, of them first. `alias` is what other jobs of the same call name it by.
    """

    type: str
    payload: bytes = EMPTY_PAYLOAD
    schedule: Schedule | None = None
    delay_seconds: float | None = None
    queue: str | None = None
    priority: Priority | None = None
    overrides: Overrides = NO_OVERRIDES
    key: str | None = None
    parents: Sequence[ParentRequest] = ()
    join: Join = Join.ALL
    alias: str | None = None


class Admission:
    """Checks requests against their types and the limits, and makes the rows that they become."""

    def __init__(self, ids: IdSequence, largest_payload_bytes: int = LARGEST_PAYLOAD_BYTES) -> None:
        self._ids = ids
        self._largest = largest_payload_bytes

    def admit(self, identity: Identity, request: JobRequest, job_type: JobType, now: datetime) -> Submission:
        """The submission that the request asks for.

        Raises:
            InvalidRequest: one of its kinds, naming the member to change.
        """
        check_size(request.payload, self._largest)
        job_type.decode(request.payload)
        if request.overrides is not NO_OVERRIDES:
            request.overrides.checked()
        if request.queue is not None:
            check_name(request.queue, "queue")
        schedule = _schedule(request, now)
        first = Planned(now, now) if schedule is None else _first(schedule, now)
        due_at = _not_absurd(first.at, now)
        job = Job(
            id=self._ids.take(now, 1)[0],
            tenant_id=identity.tenant_id,
            user_id=identity.user_id,
            type=job_type.name,
            queue=request.queue or job_type.policy.queue,
            priority=job_type.policy.priority if request.priority is None else request.priority,
            payload=request.payload,
            state=JobState.ACTIVE,
            max_attempts=(request.overrides.retry or job_type.policy.retry).max_attempts,
            created_at=now,
            schedule=schedule,
            overrides=request.overrides,
        )
        if job.recurs:
            job, run = msgspec.structs.replace(job, next_at=due_at, decided=first.decisions), None
        else:
            run = first_run(job, due_at, now, remote=job_type.is_remote)
        if run is not None and request.parents:
            run = msgspec.structs.replace(run, state=RunState.BLOCKED, queued_at=None)
        if request.key is None:
            return Submission(job=job, run=run)
        return Submission(
            job=job,
            run=run,
            key=_checked_key(request.key),
            fingerprint=_fingerprint(request),
            key_expires_at=now + KEY_MEMORY,
        )

    def extra_run(self, job: Job, now: datetime, *, remote: bool) -> Run:
        """A run of a job beside its schedule, due now."""
        return msgspec.structs.replace(first_run(job, now, now, remote=remote), id=self._ids.take(now, 1)[0])


def first_run(job: Job, due_at: datetime, now: datetime, *, remote: bool = False) -> Run:
    """The run of a job that runs once. It carries the job's id (ADR 3), and is queued already if it is due."""
    due = due_at <= now
    return Run(
        id=job.id,
        job_id=job.id,
        tenant_id=job.tenant_id,
        type=job.type,
        queue=job.queue,
        priority=job.priority,
        state=RunState.QUEUED if due else RunState.PENDING,
        due_at=due_at,
        queued_at=now if due else None,
        attempt=0,
        max_attempts=job.max_attempts,
        lease=0,
        created_at=now,
        remote=remote,
    )


def _schedule(request: JobRequest, now: datetime) -> Schedule | None:
    if request.delay_seconds is None:
        return None if request.schedule is None else request.schedule.checked()
    if request.schedule is not None:
        raise InvalidRequest("Give a schedule or delay_seconds, not both.", "delay_seconds")
    if not 0 <= request.delay_seconds <= (LATEST - now).total_seconds():
        raise InvalidTime("delay_seconds must be 0 or more, and end before the year 2200.", "delay_seconds")
    return At(now + timedelta(seconds=request.delay_seconds)) if request.delay_seconds else None


def _first(schedule: Schedule, now: datetime) -> Planned:
    found = None if isinstance(schedule, At) else next(schedule.occurrences(now), None)
    if found is None:
        at = schedule.first(now)
        return Planned(at, at)
    return found


def _not_absurd(first_at: datetime, now: datetime) -> datetime:
    if first_at >= LATEST:
        raise InvalidTime("The first run would be after the year 2199.", "schedule")
    if first_at < now - PAST_TOLERANCE:
        raise InvalidTime(
            f"{first_at.isoformat()} is in the past (it is {now.isoformat()}); leave the schedule out to run at once.",
            "schedule",
        )
    return first_at


def _checked_key(key: str) -> str:
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(f"A submission key has 1 to {LONGEST_KEY} printable characters.", "key")
    return key


def _fingerprint(request: JobRequest) -> str:
    """What two submissions with one key must have in common: everything but the key."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(request, key=None))).hexdigest()
