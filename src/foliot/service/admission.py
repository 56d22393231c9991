"""Letting work in: a request is checked whole and becomes a submission, or an error that says what to change."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain import expiry
from foliot.domain.debounce import Debounce
from foliot.domain.errors import (
    InvalidDebounce,
    InvalidParents,
    InvalidPolicy,
    InvalidRequest,
    InvalidTime,
    InvalidUnique,
)
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.ids import IdSequence
from foliot.domain.instant import LATEST
from foliot.domain.job import EMPTY_PAYLOAD, LARGEST_PAYLOAD_BYTES, Job, check_size
from foliot.domain.job_type import JobType
from foliot.domain.lineage import Descendant, runs_after
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, check_name
from foliot.domain.priority import Priority
from foliot.domain.run import Run
from foliot.domain.schedule import AskedSchedule, At, Planned, Schedule, meant, observing
from foliot.domain.states import EventType, JobState, RunState
from foliot.domain.unique import Unique, Until, check_key, check_memory, debounce_key
from foliot.ports import Debounced, PlannedRun, Submission
from foliot.service.known_calendars import NO_CALENDARS, KnownCalendars

PAST_TOLERANCE: Final = timedelta(hours=1)
"""An instant this far back is taken as "now": a slow network or a retried request made it late. Older is refused."""

KEY_MEMORY: Final = timedelta(hours=24)
"""How long a submission key is remembered, unless it is said otherwise."""


class ParentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job to wait for: one that is stored, by its `job_id`, or one of the same call, by its `alias`."""

    job_id: str | None = None
    alias: str | None = None
    wait_for: WaitFor = WaitFor.SUCCEEDED


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job as a caller asks for it. `payload` is JSON; absent members follow the job type.

    At most one of `schedule` and `delay_seconds` may be given; without either the job is due at once. With `parents`
    it waits for all, or for any one, of them first; after a parent that recurs, it has a run for each run of that.
    `alias` is what other jobs of the same call name it by.

    A run that has not started by `expires_at`, or within `expires_in_seconds`, expires. That is counted from now; for a
    job that recurs, from when each of its runs is due.

    Of requests with one `key` the first wins; it is remembered for `key_expires_in_seconds`, a day if left out.
    `unique` says instead by what requests are the same; without either the type may, for a job that runs once. With
    `debounce`, and either of these, the run is due when it has been quiet for a while, and until then the latest
    request says what it does. `repeat_key` names this very request, for where nothing says what is the same: made
    again within a day it gets the first one's job.
    """

    type: str
    payload: bytes = EMPTY_PAYLOAD
    schedule: AskedSchedule | None = None
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
    key_expires_in_seconds: float | None = None
    repeat_key: str | None = None
    unique: Unique | None = None
    debounce: Debounce | None = None


class Admission:
    """Checks requests against their types and the limits, and makes the rows that they become."""

    def __init__(self, ids: IdSequence, largest_payload_bytes: int = LARGEST_PAYLOAD_BYTES) -> None:
        self._ids = ids
        self._largest = largest_payload_bytes

    def admit(
        self,
        identity: Identity,
        request: JobRequest,
        job_type: JobType,
        now: datetime,
        calendars: KnownCalendars = NO_CALENDARS,
    ) -> Submission:
        """The submission that the request asks for; `calendars` are those that it may exclude.

        Raises:
            InvalidRequest: one of its kinds, naming the member to change.
        """
        self.check_payload(request.payload, job_type)
        if request.overrides is not NO_OVERRIDES:
            request.overrides.checked()
        if request.queue is not None:
            check_name(request.queue, "queue")
        if request.debounce is not None:
            _check_debounce(request.debounce, request)
            schedule: Schedule | None = At(request.debounce.due_at(now, now))
        else:
            schedule = wanted_schedule(request.schedule, request.delay_seconds, now)
        first = first_occurrence(schedule, now, calendars)
        due_at = first.at
        recurs = schedule is not None and schedule.recurs
        asked = request.overrides, request.expires_in_seconds, request.expires_at
        overrides = expiry.of_each_run(*asked) if recurs else expiry.of_one_run(*asked, due_at=due_at, now=now)
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
            check_runs_once(request.overrides)
            run = job.run(job.id, due_at, now, remote=job_type.is_remote)  # which carries the job's id (ADR 3)
        if run is not None and request.parents:
            run = msgspec.structs.replace(run, state=RunState.BLOCKED, queued_at=None)
        usual = None if run is None else job_type.policy.unique
        made = _keyed(Submission(job=job, run=run), request, usual, now)
        return made if request.debounce is None else self._debounced(made, request.debounce, identity, now)

    def _debounced(self, keyed: Submission, debounce: Debounce, identity: Identity, now: datetime) -> Submission:
        assert keyed.key is not None, "what is debounced says what belongs together"
        event = Event(
            id=self._ids.take(now, 1)[0],
            tenant_id=identity.tenant_id,
            job_id=keyed.job.id,
            run_id=None,
            type=EventType.JOB_DEBOUNCED,
            at=now,
            data={"by": identity.user_id},
        )
        return msgspec.structs.replace(
            keyed,
            key=debounce_key(keyed.job.type, keyed.key),
            fingerprint="",
            key_expires_at=None,
            key_until=Until.STARTED,
            debounced=Debounced(debounce, event),
        )

    def check_payload(self, payload: bytes, job_type: JobType) -> None:
        """Refuse a payload that is too large, or that does not fit its type.

        Raises:
            PayloadTooLarge: with the limit.
            InvalidPayload: with what does not fit.
        """
        check_size(payload, self._largest)
        job_type.decode(payload)

    def extra_run(self, job: Job, now: datetime, *, remote: bool, planned_at: datetime | None = None) -> Run:
        """A run of a job beside its schedule, due now."""
        return job.run(self._ids.take(now, 1)[0], now, now, remote=remote, planned_at=planned_at)

    def runs_after(self, run: Run, descendants: Sequence[Descendant]) -> list[PlannedRun]:
        """The runs of the jobs that come after a recurring one, for a new run of that."""
        return [PlannedRun(*each) for each in runs_after(run, descendants, self._ids, run.created_at)]


def wanted_schedule(schedule: AskedSchedule | None, delay_seconds: float | None, now: datetime) -> Schedule | None:
    """The schedule that is asked for, checked; None: now.

    Raises:
        InvalidRequest: one of its kinds, naming the member to change.
    """
    if delay_seconds is None:
        return None if schedule is None else meant(schedule, now)
    if schedule is not None:
        raise InvalidRequest("Give a schedule or delay_seconds, not both.", "delay_seconds")
    if not 0 <= delay_seconds <= (LATEST - now).total_seconds():
        raise InvalidTime("delay_seconds must be 0 or more, and end before the year 2200.", "delay_seconds")
    return At(now + timedelta(seconds=delay_seconds)) if delay_seconds else None


def first_occurrence(schedule: Schedule | None, now: datetime, calendars: KnownCalendars = NO_CALENDARS) -> Planned:
    """The first occurrence of a schedule that begins now, and that excludes some of these calendars.

    Raises:
        InvalidSchedule: it has ended, or the calendars leave nothing of it.
        InvalidTime: it is absurd, or too long ago to be meant as "now".
        UnknownCalendar: it excludes another calendar.
    """
    if schedule is None:
        return Planned(now, now)
    observed = observing(schedule, calendars.of(schedule), now) if schedule.exclude else schedule
    found = None if isinstance(observed, At) else next(observed.occurrences(now), None)
    if found is None:
        at = observed.first(now)
        found = Planned(at, at)
    if found.at >= LATEST:
        raise InvalidTime("The first run would be after the year 2199.", "schedule")
    if found.at < now - PAST_TOLERANCE:
        raise InvalidTime(
            f"{found.at.isoformat()} is in the past (it is {now.isoformat()}); leave the schedule out to run at once.",
            "schedule",
        )
    return found


def _keyed(made: Submission, request: JobRequest, usual: Unique | None, now: datetime) -> Submission:
    """The submission with its key, if it is to have one: by `usual` if the request does not say what is the same."""
    if request.key is None and request.key_expires_in_seconds is not None:
        raise InvalidUnique("Only a submission key is remembered; give one, or leave this.", "key_expires_in_seconds")
    repeat_key = None if request.repeat_key is None else check_key(request.repeat_key, "repeat_key")
    if request.unique is not None:
        if request.key is not None:
            raise InvalidUnique("Give key or unique, not both.", "unique")
        return _with_unique(made, request.unique.checked(), now)
    if request.key is not None:
        return _with_key(made, request, check_key(request.key, "key"), now)
    if usual is not None:
        return _with_unique(made, usual, now)
    if repeat_key is not None:
        return _with_key(made, request, repeat_key, now)
    return made


def _with_key(made: Submission, request: JobRequest, key: str, now: datetime) -> Submission:
    memory = KEY_MEMORY
    if request.key_expires_in_seconds is not None:
        check_memory(request.key_expires_in_seconds)
        memory = timedelta(seconds=request.key_expires_in_seconds)
    return msgspec.structs.replace(made, key=key, fingerprint=_fingerprint(request), key_expires_at=now + memory)


def _with_unique(made: Submission, unique: Unique, now: datetime) -> Submission:
    if made.run is None and unique.until is Until.STARTED:
        raise InvalidUnique("A job that recurs starts again and again; let it be unique until it has ended.", "unique")
    return msgspec.structs.replace(
        made,
        key=unique.key(made.job.type, made.job.queue, made.job.payload, now),
        fingerprint="",
        key_expires_at=unique.expires_at(now),
        key_until=unique.lasts_until,
    )


def _check_debounce(debounce: Debounce, request: JobRequest) -> None:
    debounce.checked()
    if request.key is None and request.unique is None:
        raise InvalidDebounce("Give a key, or unique, to say which submissions belong together.", "debounce_seconds")
    if request.unique is not None and (request.unique.until, request.unique.period_seconds) != (None, None):
        raise InvalidDebounce(
            "What is debounced is unique until it is due; leave until and period_seconds out.", "unique"
        )
    if request.schedule is not None or request.delay_seconds is not None:
        raise InvalidDebounce("debounce_seconds says when it is due; leave the schedule out.", "debounce_seconds")
    if request.parents:
        raise InvalidDebounce("What is debounced waits for quiet, and for no other job.", "debounce_seconds")
    if request.key_expires_in_seconds is not None:
        raise InvalidDebounce(
            "The key of what is debounced is free when it is due; leave key_expires_in_seconds out.",
            "key_expires_in_seconds",
        )


def after_each_run(submission: Submission, request: JobRequest, root_id: str) -> Submission:
    """The submission of a job that comes after a recurring one, which has no run of its own, and no time.

    Raises:
        InvalidParents: it has a time.
        InvalidUnique: it is to be unique until it has started.
        InvalidExpiry: it is to expire at one time, or in no time at all.
    """
    if request.schedule is not None or request.delay_seconds is not None:
        raise InvalidParents(
            "What waits for a recurring job comes after each run of it, and has no time of its own; leave schedule and "
            "delay_seconds out.",
            "parents",
        )
    overrides = expiry.of_each_run(request.overrides, request.expires_in_seconds, request.expires_at)
    job = msgspec.structs.replace(submission.job, root_id=root_id, overrides=overrides)
    return _keyed(Submission(job=job, run=None), request, None, job.created_at)


def check_runs_once(overrides: Overrides) -> None:
    """What becomes of missed and of overlapping occurrences is no question of a job that has only one.

    Raises:
        InvalidPolicy: one of them is given.
    """
    if overrides.misfire is not None or overrides.overlap is not None:
        name = "overlap" if overrides.misfire is None else "misfire"
        raise InvalidPolicy(f"{name} is for jobs that recur; leave it out, or give a schedule that does.", name)


def _fingerprint(request: JobRequest) -> str:
    """What two submissions with one key must have in common: everything but the keys, and how long they are kept."""
    told = msgspec.structs.replace(request, key=None, key_expires_in_seconds=None, repeat_key=None)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
