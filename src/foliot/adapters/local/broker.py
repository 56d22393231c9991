"""The store as its own broker: what is queued there is claimed there."""

from collections.abc import Sequence

from foliot.domain.run import Claimed, Queued
from foliot.ports import ClaimRequest, EngineStore, Topic, Wakeup


class StoreBroker:
    """`ports.Broker` without a second system: publishing is a wake-up, claiming a query."""

    def __init__(self, store: EngineStore, wakeup: Wakeup) -> None:
        self._store = store
        self._wakeup = wakeup

    async def publish(self, runs: Sequence[Queued]) -> None:
        if runs:
            self._wakeup.notify(Topic.QUEUED)

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        return await self._store.claim(request)
