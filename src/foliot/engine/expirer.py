"""Runs that have not started by the time that they were given are over, and never start."""

import math
from collections import Counter
from typing import Final

import structlog

from foliot.ports import Broker, Clock, EngineStore, Lapsed, Meter, Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LARGEST_STEP: Final = 1_000
_PAUSE_SECONDS: Final = 0.5


class Expirer:
    """Sleeps until the next run expires. Should it be late nothing is lost: a claim passes over what has expired."""

    name = "expirer"
    topic = Topic.EXPIRING

    def __init__(self, store: EngineStore, broker: Broker, clock: Clock, wakeup: Wakeup, meter: Meter) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter

    async def step(self) -> float:
        lapsed = await self._store.expire(self._clock.now(), _LARGEST_STEP)
        if lapsed.runs:
            await self._tell(lapsed)
        if lapsed.next_at is None:
            return math.inf
        seconds = (lapsed.next_at - self._clock.now()).total_seconds()
        return seconds if seconds > 0 else 0.0 if lapsed.runs else _PAUSE_SECONDS

    async def _tell(self, lapsed: Lapsed) -> None:
        _LOG.info("runs expired", count=len(lapsed.runs), runs=[run_id for run_id, _ in lapsed.runs[:10]])
        for job_type, count in Counter(job_type for _, job_type in lapsed.runs).items():
            self._meter.expired(job_type, count)
        self._wakeup.notify(Topic.CHANGED, [run_id for run_id, _ in lapsed.runs])
        self._wakeup.notify(Topic.QUEUED)  # a worker may have passed over so many of them that it saw no other
        await lapsed.moved.tell(self._broker, self._wakeup)
