"""The store as its own broker: what is queued there is claimed there."""

from foliot.domain.run import Claimed
from foliot.ports import ClaimRequest, EngineStore, Topic, Wakeup


class StoreBroker:
    """`ports.Broker` without a second system: publishing is a wake-up, claiming a query."""

    def __init__(self, store: EngineStore, wakeup: Wakeup) -> None:
        self._store = store
        self._wakeup = wakeup

    async def publish(self, count: int) -> None:
        self._wakeup.notify(Topic.QUEUED)

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        return await self._store.claim(request)
