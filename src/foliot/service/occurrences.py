"""Occurrences of a recurring job: what became of those that have come, and when the next ones are planned."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import chain, islice, takewhile
from typing import Final

import msgspec

from foliot.domain.errors import Conflict, InvalidRequest, InvalidTime
from foliot.domain.identity import Identity
from foliot.domain.instant import LATEST, as_instant
from foliot.domain.job import Job
from foliot.domain.occurrence import PLANNED, reason
from foliot.domain.schedule import At, Every, Excluding, Planned, Schedule, jitter, note, observing
from foliot.domain.states import RunState
from foliot.domain.time.zone import zone_of
from foliot.ports import Clock, Occurrence, ReadStore
from foliot.service.jobs import Jobs

MOST_OCCURRENCES: Final = 1_000
"""The most that one call tells."""

_SHOWN_BEFORE: Final = timedelta(days=1)
_MOST_WALKED: Final = 10_000
_TICK: Final = timedelta(microseconds=1)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An occurrence. `local` is what the clocks of the schedule's zone show at `planned_at`; `due_at` is later by the
    jitter; `note` tells what was decided where clocks are set. `run_id` names the run that stands for it."""

    planned_at: datetime
    local: datetime
    due_at: datetime
    reason: str
    note: str | None = None
    run_id: str | None = None
    state: RunState | None = None


class OccurrenceList(msgspec.Struct, frozen=True):
    """Occurrences, the earliest first. Where there are more, `next_from` is where they go on."""

    items: list[Told]
    next_from: datetime | None


class Occurrences:
    """The use cases around the planned instants of a job."""

    def __init__(self, store: ReadStore, jobs: Jobs, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    async def between(
        self, identity: Identity, job_id: str, since: datetime | None, until: datetime | None, limit: int
    ) -> OccurrenceList:
        """The first `limit` (1 to 1,000) occurrences at `since` or later and before `until`: past and planned together.

        Without `since` they begin a day ago. A paused job has none planned.

        Raises:
            NotFound: this tenant has no such job.
            Conflict: the job runs once.
            InvalidRequest: `limit` is out of range.
            InvalidTime: an instant is absurd, or `until` is not after `since`.
        """
        job = await self._jobs.get(identity, job_id)
        if job.root_id is not None:
            raise Conflict(f"The job {job_id} comes after each run of job {job.root_id}; that one has occurrences.")
        if job.schedule is None or not job.recurs:
            raise Conflict(f"The job {job_id} runs once; it has a run, and no occurrences.")
        if not 1 <= limit <= MOST_OCCURRENCES:
            raise InvalidRequest(
                f"limit must be from 1 to {MOST_OCCURRENCES:,}; ask for the rest from where it ends.", "limit"
            )
        since = self._clock.now() - _SHOWN_BEFORE if since is None else as_instant(since, "from")
        until = LATEST if until is None else as_instant(until, "to")
        if until <= since:
            raise InvalidTime("to must be later than from.", "to")
        came = await self._store.occurrences(job.tenant_id, job.id, since, until, limit + 1)
        told = [_of_the_past(job, job.schedule, occurrence) for occurrence in came]
        if len(told) <= limit:
            schedule = await self._observed(job, job.schedule)
            planned = takewhile(lambda each: each.at < until, _planned(job, schedule, since))
            told += [_to_come(job, job.schedule, each) for each in islice(planned, limit + 1 - len(told))]
        return OccurrenceList(told[:limit], told[limit].planned_at if len(told) > limit else None)

    async def _observed(self, job: Job, schedule: Schedule) -> Schedule | Excluding:
        """The schedule as its calendars leave it."""
        if not job.exclude or job.next_at is None:
            return schedule
        return observing(schedule, await self._jobs.calendars_of(job), job.next_at)


def _planned(job: Job, schedule: Schedule | Excluding, since: datetime) -> Iterator[Planned]:
    """What is planned for a job at `since` or later.

    Raises:
        InvalidTime: too many occurrences of a schedule with a count lie before.
    """
    upcoming = job.upcoming
    if upcoming is None or isinstance(schedule, At):
        return iter(())
    if since <= upcoming:
        first = Planned(upcoming, upcoming, job.decided)
        return chain([first], schedule.following(upcoming, job.planned + 1))
    before = since - _TICK
    if isinstance(schedule, Every):
        passed = schedule.passed(upcoming, job.planned + 1, before)
        return schedule.following(upcoming + passed * timedelta(seconds=schedule.seconds), job.planned + 1 + passed)
    if schedule.count is None:
        return schedule.following(before, 0)
    following = schedule.following(upcoming, job.planned + 1)
    for each in islice(following, _MOST_WALKED):
        if each.at >= since:
            return chain([each], following)
    if next(following, None) is not None:
        raise InvalidTime(f"from lies more than {_MOST_WALKED:,} occurrences ahead; ask for an earlier time.", "from")
    return following


def _local(schedule: Schedule, at: datetime) -> datetime:
    zone = "UTC" if isinstance(schedule, At | Every) else schedule.timezone
    there = at.astimezone(zone_of(zone))
    return there.replace(tzinfo=timezone(there.utcoffset() or timedelta(0)), fold=0)


def _jitter(job: Job, schedule: Schedule, at: datetime) -> timedelta:
    return timedelta(0) if isinstance(schedule, At) else jitter(job.id, at, timedelta(seconds=schedule.jitter_seconds))


def _of_the_past(job: Job, schedule: Schedule, occurrence: Occurrence) -> Told:
    run, at = occurrence.run, occurrence.planned_at
    due_at = at + _jitter(job, schedule, at)
    return Told(
        planned_at=at, local=_local(schedule, at), due_at=due_at, reason=reason(occurrence.fate, run, due_at),
        run_id=None if run is None else run.id, state=None if run is None else run.state,
    )  # fmt: skip


def _to_come(job: Job, schedule: Schedule, planned: Planned) -> Told:
    at, local = planned.at, _local(schedule, planned.at)
    return Told(
        planned_at=at, local=local, due_at=at + _jitter(job, schedule, at), reason=PLANNED,
        note=note(Planned(at, local, planned.decisions)),
    )  # fmt: skip
