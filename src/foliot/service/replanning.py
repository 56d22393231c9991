"""When a calendar has changed, the next planned instants of the jobs that exclude it follow."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.schedule import At, planned_anew
from foliot.domain.states import EventType, JobState
from foliot.ports import Clock, PlacedJob, Steering, Store, Topic, Wakeup
from foliot.service.audit import Audit
from foliot.service.known_calendars import KnownCalendars

_PAGE: Final = 1_000
_AT_A_STRETCH: Final = 50
_MOST_LOOKS: Final = 100


class Replanning:
    """Computes next planned instants anew; each job is moved only while its place is the one that was looked at.

    An instant that has come is left to the planner, which looks at the calendars itself. A page is looked at until
    there is nothing left to move: who changes a calendar at the same time may have read it before.
    """

    def __init__(self, store: Store, audit: Audit, clock: Clock, wakeup: Wakeup) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._wakeup = wakeup

    async def follow(self, identity: Identity, name: str) -> int:
        """Let the jobs that exclude a calendar follow it; how many of them are planned otherwise now."""
        moved: set[str] = set()
        after = ""
        while True:
            page = await self._page(identity, name, after, moved)
            if len(page) < _PAGE:
                break
            after = page[-1].job.id
        if moved:
            self._wakeup.notify(Topic.SCHEDULED)
        return len(moved)

    async def look_again(self, identity: Identity, seen: KnownCalendars) -> None:
        """For whoever has just stored jobs that exclude these: let them follow what was changed since.

        Who changed it did not know of them yet.
        """
        now = {each.name: each for each in await self._store.calendars_named(identity.tenant_id, [*seen.held])}
        for name, calendar in seen.held.items():
            if now.get(name) != calendar:
                await self.follow(identity, name)

    async def _page(self, identity: Identity, name: str, after: str, moved: set[str]) -> list[PlacedJob]:
        page: list[PlacedJob] = []
        for _ in range(_MOST_LOOKS):
            page = await self._store.jobs_excluding(identity.tenant_id, name, after, _PAGE)
            steerings = await self._steerings(identity, name, page)
            if not steerings:
                break
            done = await self._store.steer(steerings)
            moved.update(steering.job_id for steering, kept in zip(steerings, done, strict=True) if kept)
        return page

    async def _steerings(self, identity: Identity, name: str, page: Sequence[PlacedJob]) -> list[Steering]:
        steerings: list[Steering] = []
        for place, found in enumerate(page, 1):
            if not place % _AT_A_STRETCH:
                await asyncio.sleep(0)  # rules take their time, and others wait
            if (steering := self._steering(identity, name, found)) is not None:
                steerings.append(steering)
        return steerings

    def _steering(self, identity: Identity, name: str, found: PlacedJob) -> Steering | None:
        """The job as it is to go on, if that is otherwise than before."""
        job, now = found.job, self._clock.now()
        if job.next_at is None or job.next_at <= now or job.schedule is None or isinstance(job.schedule, At):
            return None
        after = max(now, found.since or now)
        planned = planned_anew(job.schedule, found.calendars, job.next_at, after, job.planned)
        if planned is not None and planned.at == job.next_at:
            return None
        event = self._audit.asked(identity, EventType.JOB_ENDED if planned is None else EventType.JOB_REPLANNED, job.id)
        data = {"from": job.next_at, "to": None if planned is None else planned.at}
        told = {"because": "calendar", "calendar": name} | {
            word: at.isoformat() for word, at in data.items() if at is not None
        }
        return Steering(
            tenant_id=job.tenant_id, job_id=job.id, expected_revision=job.revision, raises_revision=False,
            expected=job.state, expected_next=job.next_at,
            # A paused job that has nothing to go on with is over.
            state=JobState.ACTIVE if planned is None else job.state, next_at=None if planned is None else planned.at,
            planned=job.planned, decided=() if planned is None else planned.decisions,
            event=msgspec.structs.replace(event, data=event.data | told),
        )  # fmt: skip
