"""Recurring jobs get a run for each planned instant when it comes; each occurrence exists once and is accounted for."""

import math
from typing import Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.ids import IdSequence
from foliot.domain.run import Cause, Queued, Run
from foliot.domain.schedule import coalesce
from foliot.domain.states import EventType, RunState
from foliot.ports import Broker, Clock, DueJob, EngineStore, Planned, Topic

_LARGEST_STEP: Final = 1_000


class Planner:
    """Misfire policy: what was missed while nobody ran is merged into one run. Overlap policy: while a run of the job
    is not over, the next occurrence is skipped, and recorded."""

    name = "planner"
    topic = Topic.SCHEDULED

    def __init__(self, store: EngineStore, broker: Broker, ids: IdSequence, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._ids = ids
        self._clock = clock

    async def step(self) -> float:
        following = await self._store.next_planned_at()
        if following is None:
            return math.inf
        if following <= self._clock.now():
            due = await self._store.due_jobs(self._clock.now(), _LARGEST_STEP)
            planned = [self._plan(job) for job in due]
            await self._store.plan(planned)
            await self._broker.publish([Queued.of(p.run) for p in planned if p.run.state is RunState.QUEUED])
            return 0.0
        return (following - self._clock.now()).total_seconds()

    def _plan(self, due: DueJob) -> Planned:
        now, job = self._clock.now(), due.job
        found = coalesce(due.schedule, due.next_at, job.planned + 1, now)
        run_id, event_id = self._ids.take(now, 2)
        run = Run(
            id=run_id, job_id=job.id, tenant_id=job.tenant_id, type=job.type, queue=job.queue, priority=job.priority,
            state=RunState.QUEUED, due_at=found.planned, queued_at=now, attempt=0, max_attempts=job.max_attempts,
            lease=0, created_at=now,
        )  # fmt: skip
        if due.has_live_run:
            run = msgspec.structs.replace(
                run, state=RunState.SKIPPED, cause=Cause.OVERLAP, queued_at=None, finished_at=now
            )
        events = []
        if found.merged:
            events.append(
                Event(
                    id=event_id, tenant_id=job.tenant_id, job_id=job.id, run_id=run_id,
                    type=EventType.OCCURRENCES_MERGED, at=now, data={"count": found.merged, "policy": "coalesce"},
                )
            )  # fmt: skip
        return Planned(
            tenant_id=job.tenant_id, job_id=job.id, expected=due.next_at, run=run, following=found.following,
            count=found.count, events=events,
        )  # fmt: skip
