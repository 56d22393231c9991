"""Editing a job: what may be made otherwise, and what that means for its schedule and for its runs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from foliot.domain import expiry
from foliot.domain.errors import Conflict, InvalidExpiry, InvalidSchedule, NotFound, RevisionConflict
from foliot.domain.identity import Identity, Role
from foliot.domain.instant import LATEST
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.policy import NO_OVERRIDES, Overlap, Overrides, check_name
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Run
from foliot.domain.schedule import AskedSchedule, At, MisfirePolicy, Planned, Schedule, coalesce, observing
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Broker, Edit, Edited, Retiming, Store, Topic, Wakeup
from foliot.service.admission import Admission, check_runs_once, first_occurrence, wanted_schedule
from foliot.service.audit import Audit
from foliot.service.catalogue import Catalogue
from foliot.service.known_calendars import KnownCalendars, known_calendars
from foliot.service.replanning import Replanning

_TICK: Final = timedelta(microseconds=1)
_MOST_AHEAD: Final = 1_000
"""How many occurrences other processes, whose clocks are ahead, may have planned after our now."""

Value = TypeVar("Value")


class JobChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise; members that are not set stay as they are. None: as the type says; for a schedule: now.

    At most one of `schedule` and `delay_seconds` may be given. `payload` is JSON. Runs that wait expire as is said at
    submission, `expires_in_seconds` counted from now for a job that runs once; None: never.
    """

    payload: bytes | UnsetType = UNSET
    schedule: AskedSchedule | UnsetType | None = UNSET
    delay_seconds: float | UnsetType = UNSET
    queue: str | UnsetType | None = UNSET
    priority: Priority | UnsetType | None = UNSET
    timeout_seconds: float | UnsetType | None = UNSET
    retry: RetryPolicy | UnsetType | None = UNSET
    misfire: MisfirePolicy | UnsetType | None = UNSET
    overlap: Overlap | UnsetType | None = UNSET
    expires_in_seconds: float | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET


class Editing:
    """Edits jobs by what their revisions say: who looks at an old one is told so, and changes nothing."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        catalogue: Catalogue,
        admission: Admission,
        audit: Audit,
        wakeup: Wakeup,
        replanning: Replanning,
    ) -> None:
        self._store = store
        self._broker = broker
        self._catalogue = catalogue
        self._admission = admission
        self._audit = audit
        self._wakeup = wakeup
        self._replanning = replanning

    async def edit(
        self, identity: Identity, job_id: str, changes_to: Callable[[Job], JobChanges], expected: int | None
    ) -> None:
        """Make a job otherwise, in one step; see `Jobs.update`. `changes_to` is asked anew if others edit meanwhile."""
        identity.require(Role.OPERATOR)
        while True:
            job = await self._job(identity, job_id)
            if expected is not None and job.revision != expected:
                raise changed_meanwhile(job)
            changes = changes_to(job)
            schedules = [job.schedule, _or(changes.schedule, None)]
            calendars = await known_calendars(self._store, job.tenant_id, schedules)
            edit = await self._edit(identity, job, changes, calendars)
            if edit is None:
                return
            [edited] = await self._store.edit([edit])
            if edited.is_stored:  # else somebody planned, claimed or edited just now: look again
                await self._tell(edit, edited)
                if edit.job.exclude:
                    await self._replanning.look_again(identity, calendars)
                return

    async def _job(self, identity: Identity, job_id: str) -> Job:
        job = await self._store.job(identity.tenant_id, job_id)
        if job is None:
            raise NotFound(f"There is no job {job_id}.")
        return job

    async def _edit(self, identity: Identity, job: Job, changes: JobChanges, calendars: KnownCalendars) -> Edit | None:
        """What is to be stored; None if all is as it is wanted."""
        _expect_alive(job)
        event = self._audit.asked(identity, EventType.JOB_UPDATED, job.id)
        wanted = self._otherwise(job, changes, await self._catalogue.find(identity.tenant_id, job.type), event.at)
        changed = _changed(job, wanted)
        if not changed:
            return None
        told: dict[str, Any] = {"revision": job.revision + 1, "changed": changed}
        retiming = None
        if job.recurs and "schedule" in changed:
            wanted, passed_over = await self._planned_anew(job, wanted, calendars, event.at)
            told |= {"passed_over": passed_over} if passed_over else {}
        elif not job.recurs:
            await self._expect_waiting(job, is_retimed="schedule" in changed)
            if "schedule" in changed:
                asked = self._audit.asked(identity, EventType.RUN_RESCHEDULED, job.id, job.id)
                due_at = first_occurrence(wanted.schedule, event.at).at
                _expect_to_start(wanted, due_at)
                retiming = Retiming(due_at=due_at, event=msgspec.structs.replace(asked, at=event.at))
        event = msgspec.structs.replace(event, data=event.data | told)
        return Edit(seen=job, job=wanted, event=event, retiming=retiming)

    def _otherwise(self, job: Job, changes: JobChanges, job_type: JobType, now: datetime) -> Job:
        """The job with what is to be otherwise, checked as at submission."""
        if changes.payload is not UNSET:
            self._admission.check_payload(changes.payload, job_type)
        if changes.queue is not UNSET and changes.queue is not None:
            check_name(changes.queue, "queue")
        policy, schedule = job_type.policy, job.schedule
        if changes.schedule is not UNSET or changes.delay_seconds is not UNSET:
            schedule = wanted_schedule(_or(changes.schedule, None), _or(changes.delay_seconds, None), now)
            _expect_same_kind(job, schedule)
        overrides = _expiring(job, schedule, _overrides(job, changes), changes, now)
        if not job.recurs or job.root_id is not None:
            check_runs_once(overrides)
        max_attempts = job.max_attempts
        if overrides.retry != job.overrides.retry:
            max_attempts = (overrides.retry or policy.retry).max_attempts
        return msgspec.structs.replace(
            job,
            payload=_or(changes.payload, job.payload),
            schedule=schedule,
            queue=_or(changes.queue, job.queue) or policy.queue,
            priority=policy.priority if changes.priority is None else _or(changes.priority, job.priority),
            overrides=overrides,
            max_attempts=max_attempts,
        )

    async def _planned_anew(self, job: Job, wanted: Job, calendars: KnownCalendars, now: datetime) -> tuple[Job, int]:
        """The job at the first occurrence of its new schedule after now, and how many of the old one are passed over:
        those whose time had come, but that nobody had planned."""
        planned, passed_over = job.planned, 0
        if job.schedule is None or wanted.schedule is None or job.next_at is None:
            raise Conflict(f"The job {job.id} has no more occurrences; submit it again.")
        if job.next_at <= now:
            before = observing(job.schedule, calendars.some_of(job.schedule), job.next_at)
            passed = coalesce(before, job.next_at, planned + 1, now)
            planned, passed_over = passed.count, passed.merged + 1
        most = getattr(wanted.schedule, "count", None)
        if most is not None and planned >= most:
            raise InvalidSchedule(
                f"schedule.count is {most}, and the job has had {planned} occurrences; those before an edit count too.",
                "schedule.count",
            )
        first = await self._first_after(job, wanted.schedule, calendars, now)
        wanted = msgspec.structs.replace(wanted, next_at=first.at, decided=first.decisions, planned=planned)
        return wanted, passed_over

    async def _first_after(self, job: Job, schedule: Schedule, calendars: KnownCalendars, now: datetime) -> Planned:
        """The first occurrence after now, and after all that were planned by clocks that are ahead of ours: an instant
        is planned once."""
        ahead = await self._store.occurrences(job.tenant_id, job.id, now, LATEST, _MOST_AHEAD)
        last = ahead[-1].planned_at if ahead else now
        first = first_occurrence(schedule, last, calendars)
        return first if first.at > last else first_occurrence(schedule, last + _TICK, calendars)

    async def _expect_waiting(self, job: Job, *, is_retimed: bool) -> None:
        """Refuse to edit a job that runs once if no run of it waits any more; its time, if its run was ever started."""
        live = await self._store.live_runs(job.tenant_id, job.id)
        runs = [run for run in [await self._store.run(job.tenant_id, run_id) for run_id in live] if _waits(run)]
        if not runs:
            raise Conflict(
                f"The run of job {job.id} has started: an edit does not reach it any more. Edit the job when the run "
                "waits for its next attempt, or cancel it and submit another."
            )
        if is_retimed and not any(run is not None and run.id == job.id and not run.lease for run in runs):
            raise Conflict(f"The run of job {job.id} has started: its time cannot be changed any more.")

    async def _tell(self, edit: Edit, edited: Edited) -> None:
        if edited.queued:
            await self._broker.publish(edited.queued)
            self._wakeup.notify(Topic.REMOTE)  # it is not said of them whether workers outside do them
        if edited.runs:
            self._wakeup.notify(Topic.CHANGED, edited.runs)
        if edit.changes_expiry:
            self._wakeup.notify(Topic.EXPIRING)
        if edit.retiming is not None or edit.job.next_at != edit.seen.next_at:
            self._wakeup.notify(Topic.SCHEDULED)


def changed_meanwhile(job: Job) -> RevisionConflict:
    """What is said to whoever would change a job that is not as they saw it."""
    return RevisionConflict(
        f"Somebody has changed the job {job.id}: its revision is {job.revision} by now. Look at it, and decide anew.",
        job.revision,
    )


def _or(given: Value | UnsetType, present: Value) -> Value:
    return present if isinstance(given, UnsetType) else given


def _overrides(job: Job, changes: JobChanges) -> Overrides:
    present = job.overrides
    overrides = msgspec.structs.replace(
        present,
        timeout_seconds=_or(changes.timeout_seconds, present.timeout_seconds),
        retry=_or(changes.retry, present.retry),
        misfire=_or(changes.misfire, present.misfire),
        overlap=_or(changes.overlap, present.overlap),
    ).checked()
    return NO_OVERRIDES if overrides == NO_OVERRIDES else overrides


def _expiring(
    job: Job, schedule: Schedule | None, overrides: Overrides, changes: JobChanges, now: datetime
) -> Overrides:
    """The overrides with what is to be otherwise about when its runs expire, checked as at submission."""
    if changes.expires_in_seconds is UNSET and changes.expires_at is UNSET:
        return overrides
    never = msgspec.structs.replace(overrides, expires_in_seconds=None, expires_at=None)
    asked = never, _or(changes.expires_in_seconds, None), _or(changes.expires_at, None)
    if job.recurs:
        found = expiry.of_each_run(*asked)
    else:
        due_at = schedule.at if isinstance(schedule, At) else now
        found = expiry.of_one_run(*asked, due_at=due_at, now=now)
    return NO_OVERRIDES if found == NO_OVERRIDES else found


def _expect_alive(job: Job) -> None:
    if job.state not in (JobState.ACTIVE, JobState.PAUSED):
        raise Conflict(f"The job {job.id} is {job.state}; nothing of it is to run any more. Submit it again.")


def _expect_same_kind(job: Job, schedule: Schedule | None) -> None:
    recurs = schedule is not None and schedule.recurs
    if job.root_id is not None:
        raise Conflict(f"The job {job.id} comes after each run of job {job.root_id}, and has no time of its own.")
    if recurs and not job.recurs:
        raise Conflict(
            f"The job {job.id} runs once, and its run exists. Submit another that recurs, and cancel this one."
        )
    if job.recurs and not recurs:
        raise Conflict(
            f"The job {job.id} recurs, and has no run of its own. Submit another that runs once; cancel this one."
        )


def _expect_to_start(job: Job, due_at: datetime) -> None:
    expires_at = job.overrides.expires_at
    if expires_at is not None and due_at >= expires_at:
        raise InvalidExpiry(
            f"The job {job.id} expires at {expires_at.isoformat()}, before it would be due at {due_at.isoformat()}. "
            "Give it an earlier time, or let it expire later.",
            "schedule",
        )


def _waits(run: Run | None) -> bool:
    return run is not None and run.state is not RunState.RUNNING and not run.state.is_over


def _changed(before: Job, after: Job) -> dict[str, Any]:
    """The members that are not as they were, with what they were and are; a payload, which may be private, without."""
    told = {name: {"from": was, "to": is_} for name, was, is_ in _members(before, after) if was != is_}
    if before.payload != after.payload:
        told["payload"] = {}
    found: dict[str, Any] = msgspec.to_builtins(told)
    return found


def _members(before: Job, after: Job) -> list[tuple[str, Any, Any]]:
    of_job = [(name, getattr(before, name), getattr(after, name)) for name in ("schedule", "queue")]
    of_policy = [
        (name, getattr(before.overrides, name), getattr(after.overrides, name))
        for name in ("timeout_seconds", "retry", "misfire", "overlap", "expires_in_seconds", "expires_at")
    ]
    return [*of_job, ("priority", before.priority.label, after.priority.label), *of_policy]
