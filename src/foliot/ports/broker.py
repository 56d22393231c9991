"""How queued runs reach workers."""

from collections.abc import Sequence
from typing import Protocol

from foliot.domain.priority import Priority
from foliot.domain.run import Claimed, Queued
from foliot.ports.claiming import ClaimRequest, Gap, RunRef, Waiting


class Broker(Protocol):
    """How queued runs reach workers. The store is the truth; a broker may lose everything and costs only time."""

    @property
    def patience(self) -> float:
        """How many seconds a worker with free slots may wait, at present, without asking."""
        ...

    async def publish(self, runs: Sequence[Queued]) -> None:
        """Say that runs wait for a worker. It never fails: the store knows them."""
        ...

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        """Lease due runs for a worker."""
        ...

    async def bury(self, runs: Sequence[Queued]) -> None:
        """Say that runs have become dead letters. It never fails."""
        ...

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        """Say that runs are dead letters no more. It never fails."""
        ...

    async def close(self) -> None:
        """Give back what is in hand, and let go."""
        ...


class HintBroker(Broker, Protocol):
    """A broker with a memory of its own, which may forget: it is rebuilt from the store."""

    async def tidy(self) -> None:
        """Show that we live, and take over from those that do not. It never fails."""
        ...

    async def may_look(self) -> bool:
        """Whether it is there, and it is up to this process to look for what was lost, not to another just now.

        Raises:
            Unavailable: it went away; so do the others here.
        """
        ...

    async def gap(self, queue: str, priority: Priority) -> Gap | None:
        """Where a run that waits must have been lost. None while there is no room for it."""
        ...

    async def republish(self, queue: str, priority: Priority, gap: Gap, lost: Sequence[Waiting]) -> None:
        """Publish again what waits in a gap; it is not lost until these hints are used up.

        `lost` are the first `gap.room` of these runs: all of them, if they are fewer.
        """
        ...

    async def mirrors_dead(self, count: int | None) -> bool:
        """Whether it has all dead letters, of which there are `count`; None: as far as it knows without."""
        ...

    async def forget_dead(self) -> None:
        """Have none, to be told of all anew."""
        ...
