"""The store as its own broker: what is queued there is claimed there."""

from collections.abc import Sequence

from foliot.domain.run import Claimed, Queued
from foliot.ports import ClaimRequest, EngineStore, RunRef, Topic, Wakeup


class StoreBroker:
    """`ports.Broker` without a second system: publishing is a wake-up, claiming a query."""

    def __init__(self, store: EngineStore, wakeup: Wakeup) -> None:
        self._store = store
        self._wakeup = wakeup

    @property
    def patience(self) -> float:
        return self._wakeup.patience

    async def publish(self, runs: Sequence[Queued]) -> None:
        remote = sum(run.remote for run in runs)
        if remote:
            self._wakeup.notify(Topic.REMOTE)
        if len(runs) > remote:
            self._wakeup.notify(Topic.QUEUED)

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        return await self._store.claim(request)

    async def bury(self, runs: Sequence[Queued]) -> None:
        """The store knows its dead letters."""

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        """The store knows its dead letters."""

    async def close(self) -> None:
        """There is nothing to let go of."""
