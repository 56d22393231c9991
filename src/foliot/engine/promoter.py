"""Pending and retrying runs become queued when their time has come, and not a moment earlier."""

import math
from typing import Final

from foliot.ports import Broker, Clock, EngineStore, Topic

_LARGEST_STEP: Final = 1_000


class Promoter:
    """Sleeps until the next run is due."""

    name = "promoter"
    topic = Topic.SCHEDULED

    def __init__(self, store: EngineStore, broker: Broker, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock

    async def step(self) -> float:
        promoted = await self._store.promote(self._clock.now(), _LARGEST_STEP)
        if promoted.runs:
            await self._broker.publish(promoted.runs)
        if promoted.next_due_at is None:
            return math.inf
        return max(0.0, (promoted.next_due_at - self._clock.now()).total_seconds())
