"""Wake-ups within one process and event loop."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from foliot.ports import Topic

_PATIENCE_SECONDS: Final = 0.5


class LocalWakeup:
    """`ports.Wakeup` for those who share an event loop. Other processes are found by polling.

    Whoever listened first hears first.
    """

    def __init__(self, patience: float = _PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._ears: dict[Topic, dict[Ear, None]] = {topic: {} for topic in Topic}

    @property
    def patience(self) -> float:
        return self._patience

    @property
    def has_ears(self) -> bool:
        """Whether anybody listens to anything."""
        return any(self._ears.values())

    def notify(self, topic: Topic, run_ids: Sequence[str] = ()) -> None:
        for ear in self._ears[topic]:
            ear.hear(run_ids)

    def stir(self, topic: Topic) -> None:
        for ear in self._ears[topic]:
            ear.hear(())

    def subscribe(self, topic: Topic) -> "Ear":
        ear = Ear(self._ears[topic])
        self._ears[topic][ear] = None
        return ear


class Ear:
    """`ports.Subscription`."""

    def __init__(self, others: dict["Ear", None]) -> None:
        self._others = others
        self._called = asyncio.Event()
        self._ids: set[str] = set()

    def hear(self, run_ids: Sequence[str]) -> None:
        self._ids.update(run_ids)
        self._called.set()

    async def wait(self, seconds: float) -> frozenset[str]:
        if seconds <= 0:
            await asyncio.sleep(0)
        elif not self._called.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._called.wait()
        self._called.clear()
        ids, self._ids = frozenset(self._ids), set()
        return ids

    def close(self) -> None:
        self._others.pop(self, None)
