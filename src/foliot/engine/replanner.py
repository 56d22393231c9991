"""When the rules of timezones have changed since the store was last served, next planned instants follow them."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from foliot.domain.event import Event
from foliot.domain.ids import IdSequence
from foliot.domain.schedule import At, Every, Planned, observing
from foliot.domain.states import EventType
from foliot.engine.planner import PlanningStore
from foliot.ports import Clock, PlacedJob, Steering, Topic, Wakeup

ZONES: Final = "zones"
"""The fact under which it is noted which rules the stored instants follow."""

_PAGE: Final = 1_000
# Clocks were never set by more than a day.
_REACH: Final = timedelta(hours=25)
_TICK: Final = timedelta(microseconds=1)


class Replanner:
    """Looks once, when a process starts.

    An instant that has come is left to the planner. Another is computed anew from the last one that was planned, from
    when the job was resumed or edited, or from a day before it, whichever is latest: no change of clocks reaches
    farther.

    Args:
        zones: which rules this process has, as a fingerprint; asked for at the first step.
    """

    name = "replanner"
    topic = Topic.IDLE

    def __init__(
        self, store: PlanningStore, ids: IdSequence, clock: Clock, wakeup: Wakeup, zones: Callable[[], str]
    ) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._wakeup = wakeup
        self._zones = zones

    async def step(self) -> float:
        known, zones = await self._store.fact(ZONES), self._zones()
        if known != zones:
            if known is not None:
                await self._replan()
            await self._store.note_fact(ZONES, zones)
        return math.inf

    async def _replan(self) -> None:
        place: tuple[datetime, str] | None = self._clock.now(), ""
        while place is not None:
            page = await self._store.zoned_jobs(place, _PAGE)
            steerings = [steering for found in page if (steering := self._steering(found)) is not None]
            if steerings and any(await self._store.steer(steerings)):
                self._wakeup.notify(Topic.SCHEDULED)
            last = page[-1].job if len(page) == _PAGE else None
            place = None if last is None or last.next_at is None else (last.next_at, last.id)

    def _steering(self, found: PlacedJob) -> Steering | None:
        """The job as it is to go on, if that is otherwise than before."""
        job, now = found.job, self._clock.now()
        planned = _next_of(found)
        if job.next_at is None or planned is None or planned.at == job.next_at:
            return None
        return Steering(
            tenant_id=job.tenant_id, job_id=job.id, raises_revision=False, expected=job.state,
            expected_next=job.next_at, state=job.state, next_at=planned.at, planned=job.planned,
            decided=planned.decisions,
            event=Event(
                id=self._ids.take(now, 1)[0], tenant_id=job.tenant_id, job_id=job.id, run_id=None,
                type=EventType.JOB_REPLANNED, at=now,
                data={"from": job.next_at.isoformat(), "to": planned.at.isoformat(), "because": "zones"},
            ),
        )  # fmt: skip


def _next_of(found: PlacedJob) -> Planned | None:
    job = found.job
    if job.next_at is None or job.schedule is None or isinstance(job.schedule, At | Every):
        return None
    reach = job.next_at - _REACH
    since = job.created_at - _TICK if found.since is None else found.since
    schedule = observing(job.schedule, found.calendars, job.next_at)
    return schedule.occurrence_after(max(since, reach), job.planned)
