"""History older than its retention goes, in bounded batches, so that nobody has to wait for it."""

from datetime import timedelta
from typing import Final

from foliot.ports import Clock, EngineStore, Topic

_LARGEST_STEP: Final = 500
_SHORTEST_SLEEP_SECONDS: Final = 60.0
_SLEEP_OF_RETENTION: Final = 1 / 10_000
"""What part of its retention history may be older than that: a minute of a week."""
_BREATH_SECONDS: Final = 0.05


class Pruner:
    """Dead letters are not pruned: they wait until someone replays or discards them."""

    name = "pruner"
    topic = Topic.IDLE

    def __init__(self, store: EngineStore, clock: Clock, retention: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention
        self._sleep = max(_SHORTEST_SLEEP_SECONDS, retention.total_seconds() * _SLEEP_OF_RETENTION)

    async def step(self) -> float:
        pruned = await self._store.prune(self._clock.now() - self._retention, _LARGEST_STEP)
        return _BREATH_SECONDS if pruned else self._sleep
