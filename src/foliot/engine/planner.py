"""Recurring jobs get a run for each planned instant when it comes; each occurrence exists once and is accounted for."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from foliot.domain.ids import IdSequence
from foliot.engine.occurring import Occurring
from foliot.ports import Broker, CancelRequest, Clock, EngineStore, Plan, SubmitStore, Topic, Wakeup

_LARGEST_STEP: Final = 1_000
_MOST_RUNS: Final = 5_000
"""With so many runs a step is stored in parts: thousands of jobs may come after those that recur."""


class PlanningStore(EngineStore, SubmitStore, Protocol):
    """What the planner does with a store."""


class Planner:
    """Sleeps until the next planned instant, and plans all that are due by then in batches."""

    name = "planner"
    topic = Topic.SCHEDULED

    def __init__(self, store: PlanningStore, broker: Broker, ids: IdSequence, clock: Clock, wakeup: Wakeup) -> None:
        self._store = store
        self._broker = broker
        self._ids = ids
        self._clock = clock
        self._wakeup = wakeup

    async def step(self) -> float:
        following = await self._store.next_planned_at()
        if following is None:
            return math.inf
        now = self._clock.now()
        if following > now:
            return (following - now).total_seconds()
        due = await self._store.due_jobs(now, _LARGEST_STEP)
        occurring = [Occurring(job, now, self._ids) for job in due]
        # First, so that whoever dies in between has cancelled, and plans again what is to run instead.
        await self._cancel([request for each in occurring for request in each.cancels()])
        for plans in _in_parts(each.plan() for each in occurring):
            await self._lay(plans)
        return 0.0

    async def _lay(self, plans: Sequence[Plan]) -> None:
        laid = await self._store.plan(plans)
        if laid.moved.queued:
            await self._broker.publish(laid.moved.queued)
        if laid.moved.has_pending:
            self._wakeup.notify(Topic.SCHEDULED)
        planned = [item for plan in plans for item in plan.runs]
        if any(item.run.expires_at is not None for item in planned):
            self._wakeup.notify(Topic.EXPIRING)
        if any(item.after is not None for item in planned):
            self._wakeup.notify(Topic.QUEUED)  # a worker may have passed over a parent that was locked just then

    async def _cancel(self, requests: list[CancelRequest]) -> None:
        if requests:
            cancelled = await self._store.cancel(requests)
            self._wakeup.notify(Topic.CANCELLING)
            self._wakeup.notify(Topic.CHANGED, [request.run_id for request in requests])
            await cancelled.moved.tell(self._broker, self._wakeup)


def _in_parts(plans: Iterable[Plan]) -> Iterator[Sequence[Plan]]:
    part: list[Plan] = []
    runs = 0
    for plan in plans:
        part.append(plan)
        runs += len(plan.runs)
        if runs >= _MOST_RUNS:
            yield part
            part, runs = [], 0
    if part:
        yield part
