"""A broker that can forget is kept in order, and what it has lost is published again, from the store."""

import asyncio
from typing import Final

from foliot.ports import EngineStore, HintBroker, Topic

_TIDY_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 15.0
_TURN_SECONDS: Final = 1.1
_LOOKS_PER_STEP: Final = 50
_LARGEST_STEP: Final = 2_000


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
    """Compares what waits in the store with what the broker still holds. A run that was not lost may be published
    twice; it is leased once."""

    name = "reconciler"
    topic = Topic.UNPUBLISHED

    def __init__(self, store: EngineStore, broker: HintBroker) -> None:
        self._store = store
        self._broker = broker

    async def step(self) -> float:
        if not await self._broker.may_look():
            return _TURN_SECONDS
        await self._publish_lost()
        await self._mirror_dead()
        return _LOOK_SECONDS

    async def _publish_lost(self) -> None:
        for queue, priority in await self._store.backlogs():
            for _ in range(_LOOKS_PER_STEP):
                gap = await self._broker.gap(queue, priority)
                lost = await self._store.waiting(queue, priority, gap, _LARGEST_STEP)
                if lost:
                    await self._broker.republish(queue, priority, lost)
                if len(lost) < _LARGEST_STEP:
                    break
                await asyncio.sleep(0)

    async def _mirror_dead(self) -> None:
        """Should the mirror differ from the store, begin it anew."""
        if await self._broker.count_dead() == await self._store.count_dead():
            return
        await self._broker.forget_dead()
        after = None
        while dead := await self._store.dead_runs(after, _LARGEST_STEP):
            await self._broker.bury(dead)
            after = dead[-1].run_id
