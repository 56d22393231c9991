"""Pending and retrying runs become queued when their time has come, and not a moment earlier."""

from typing import Final

from foliot.ports import Broker, Clock, EngineStore, Topic

_LARGEST_STEP: Final = 1_000
_LONGEST_SLEEP_SECONDS: Final = 1.0


class Promoter:
    """Sleeps until the next run is due. The longest sleep bounds how late a run of another process can be noticed."""

    name = "promoter"
    topic = Topic.SCHEDULED

    def __init__(self, store: EngineStore, broker: Broker, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock

    async def step(self) -> float:
        promoted = await self._store.promote(self._clock.now(), _LARGEST_STEP)
        if promoted.count:
            await self._broker.publish(promoted.count)
        if promoted.next_due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return min(max(0.0, (promoted.next_due_at - self._clock.now()).total_seconds()), _LONGEST_SLEEP_SECONDS)
