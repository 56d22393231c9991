"""A broker that can forget is kept in order, and what it has lost is published again, from the store."""

import asyncio
from typing import Final

from foliot.domain.priority import Priority
from foliot.ports import EngineStore, HintBroker, Topic

_TIDY_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 8.0
_AGAIN_SECONDS: Final = 0.6
_LOOKS_PER_COUNT: Final = 20
_MOST_GAPS: Final = 50
_DEAD_AT_A_TIME: Final = 2_000


class Tidier:
    """Sees that nothing stays with consumers that died."""

    name = "tidier"
    topic = Topic.IDLE

    def __init__(self, broker: HintBroker) -> None:
        self._broker = broker

    async def step(self) -> float:
        await self._broker.tidy()
        return _TIDY_SECONDS


class Reconciler:
    """Compares what waits in the store with what the broker still has.

    A run that was not lost may be published twice; it is leased once.
    """

    name = "reconciler"
    topic = Topic.UNPUBLISHED

    def __init__(self, store: EngineStore, broker: HintBroker) -> None:
        self._store = store
        self._broker = broker
        self._looks = 0

    async def step(self) -> float:
        if not await self._broker.may_look():
            return _AGAIN_SECONDS
        found = [await self._publish_lost(queue, priority) for queue, priority in await self._store.backlogs()]
        await self._mirror_dead()
        return _AGAIN_SECONDS if any(found) else _LOOK_SECONDS

    async def _publish_lost(self, queue: str, priority: Priority) -> bool:
        """Whether anything was lost, and so more may be."""
        found = False
        for _ in range(_MOST_GAPS):
            gap = await self._broker.gap(queue, priority)
            if gap is None:
                return True
            lost = await self._store.waiting(queue, priority, gap, gap.room)
            await self._broker.republish(queue, priority, gap, lost)
            found |= bool(lost)
            if len(lost) < gap.room:
                break
            await asyncio.sleep(0)
        return found

    async def _mirror_dead(self) -> None:
        """Should the mirror not be whole, begin it anew. To count takes a while, so that is done now and then."""
        self._looks += 1
        count = None if self._looks % _LOOKS_PER_COUNT else await self._store.count_dead()
        if await self._broker.mirrors_dead(count):
            return
        await self._broker.forget_dead()
        after = None
        while dead := await self._store.dead_runs(after, _DEAD_AT_A_TIME):
            await self._broker.bury(dead)
            after = dead[-1].run_id
