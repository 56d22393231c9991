"""Letting work in: a request is checked whole and becomes a submission, or an error that says what to change."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import InvalidExpiry, InvalidRequest, InvalidTime
from foliot.domain.identity import Identity
from foliot.domain.ids import IdSequence
from foliot.domain.instant import LATEST, as_instant
from foliot.domain.job import EMPTY_PAYLOAD, LARGEST_PAYLOAD_BYTES, LONGEST_KEY, Job, check_size
from foliot.domain.job_type import JobType
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, check_expiry, check_name
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

    A run that has not started by `expires_at`, or within `expires_in_seconds`, expires. That is counted from now; for a
    job that recurs, from when each of its runs is due.
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
    expires_in_seconds: float | None = None
    expires_at: datetime | None = None


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
        self.check_payload(request.payload, job_type)
        if request.overrides is not NO_OVERRIDES:
            request.overrides.checked()
        if request.queue is not None:
            check_name(request.queue, "queue")
        schedule = wanted_schedule(request.schedule, request.delay_seconds, now)
        first = first_occurrence(schedule, now)
        due_at = first.at
        recurs = schedule is not None and schedule.recurs
        overrides = request.overrides
        if request.expires_in_seconds is not None or request.expires_at is not None:
            overrides = _with_expiry(request, due_at, now, recurs=recurs)
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
            overrides=overrides,
        )
        if recurs:
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

    def check_payload(self, payload: bytes, job_type: JobType) -> None:
        """Refuse a payload that is too large, or that does not fit its type.

        Raises:
            PayloadTooLarge: with the limit.
            InvalidPayload: with what does not fit.
        """
        check_size(payload, self._largest)
        job_type.decode(payload)

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
        expires_at=job.expiry_of(due_at),
        remote=remote,
    )


def wanted_schedule(schedule: Schedule | None, delay_seconds: float | None, now: datetime) -> Schedule | None:
    """The schedule that is asked for, checked; None: now.

    Raises:
        InvalidRequest: one of its kinds, naming the member to change.
    """
    if delay_seconds is None:
        return None if schedule is None else schedule.checked()
    if schedule is not None:
        raise InvalidRequest("Give a schedule or delay_seconds, not both.", "delay_seconds")
    if not 0 <= delay_seconds <= (LATEST - now).total_seconds():
        raise InvalidTime("delay_seconds must be 0 or more, and end before the year 2200.", "delay_seconds")
    return At(now + timedelta(seconds=delay_seconds)) if delay_seconds else None


def first_occurrence(schedule: Schedule | None, now: datetime) -> Planned:
    """The first occurrence of a schedule that begins now.

    Raises:
        InvalidSchedule: it has ended.
        InvalidTime: it is absurd, or too long ago to be meant as "now".
    """
    if schedule is None:
        return Planned(now, now)
    found = None if isinstance(schedule, At) else next(schedule.occurrences(now), None)
    if found is None:
        at = schedule.first(now)
        found = Planned(at, at)
    if found.at >= LATEST:
        raise InvalidTime("The first run would be after the year 2199.", "schedule")
    if found.at < now - PAST_TOLERANCE:
        raise InvalidTime(
            f"{found.at.isoformat()} is in the past (it is {now.isoformat()}); leave the schedule out to run at once.",
            "schedule",
        )
    return found


def _with_expiry(request: JobRequest, due_at: datetime, now: datetime, *, recurs: bool) -> Overrides:
    """The request's overrides, with when the runs expire."""
    seconds, at = request.expires_in_seconds, request.expires_at
    if seconds is not None and at is not None:
        raise InvalidExpiry("Give expires_in_seconds or expires_at, not both.", "expires_at")
    if seconds is not None:
        check_expiry(seconds)
    if recurs:
        if at is not None:
            raise InvalidExpiry(
                "The runs of a job that recurs expire each in its own time: give expires_in_seconds, which is counted "
                "from when a run is due, or let the schedule end.",
                "expires_at",
            )
        return msgspec.structs.replace(request.overrides, expires_in_seconds=seconds)
    at = now + timedelta(seconds=seconds) if seconds is not None else as_instant(at or now, "expires_at")
    field = "expires_at" if seconds is None else "expires_in_seconds"
    if at >= LATEST:
        raise InvalidExpiry("It would expire after the year 2199; leave that out.", field)
    if at <= now:
        raise InvalidExpiry(f"{at.isoformat()} has passed (it is {now.isoformat()}); it would never run.", field)
    if at <= due_at:
        raise InvalidExpiry(
            f"It would expire at {at.isoformat()}, before it is due at {due_at.isoformat()}; let it expire later.",
            field,
        )
    return msgspec.structs.replace(request.overrides, expires_at=at)


def _checked_key(key: str) -> str:
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(f"A submission key has 1 to {LONGEST_KEY} printable characters.", "key")
    return key


def _fingerprint(request: JobRequest) -> str:
    """What two submissions with one key must have in common: everything but the key."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(request, key=None))).hexdigest()
