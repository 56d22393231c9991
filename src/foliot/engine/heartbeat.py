"""Leases in hand are renewed, and in the same breath the worker hears what it has lost and what it is to cancel."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol

import structlog

from foliot.domain.errors import Unavailable
from foliot.ports import Clock, EngineStore, Held, Pulse, Topic

_LOG: Final = structlog.get_logger(__name__)


class Holder(Protocol):
    """Whoever has leases in hand: the worker."""

    @property
    def held(self) -> Sequence[Held]: ...

    def heed(self, held: Sequence[Held], pulse: Pulse) -> None: ...


class Heartbeat:
    """Renews every third of a lease, and listens as often as there are hints, or none can be trusted.

    Args:
        monotonic: the time that passes, in seconds; it is asked from any thread.
    """

    name = "heartbeat"
    topic = Topic.CANCELLING

    def __init__(
        self,
        holder: Holder,
        store: EngineStore,
        clock: Clock,
        lease: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._holder = holder
        self._store = store
        self._clock = clock
        self._lease = lease
        self._pause = lease.total_seconds() / 3
        self._monotonic = monotonic
        self.renewed = monotonic()

    async def step(self) -> float:
        held = self._holder.held
        if not held:
            self.renewed = self._monotonic()
            return self._pause
        begun = self._monotonic()
        is_time = begun - self.renewed >= self._pause
        self._holder.heed(held, await self._store.pulse(held, self._clock.now() + self._lease if is_time else None))
        if is_time:
            self.renewed = begun
        return max(0.0, self.renewed + self._pause - self._monotonic())

    async def renew(self) -> None:
        """Renew all leases in hand and nothing else; for the life line's own thread."""
        held = self._holder.held
        if held:
            await self._store.pulse(held, self._clock.now() + self._lease)
        self.renewed = self._monotonic()


class LifeLine:
    """A thread that renews the leases when the event loop cannot, because a handler blocks it.

    A slow handler must not be taken for a dead one, even if it was written badly.
    """

    def __init__(self, heartbeat: Heartbeat, lease: timedelta) -> None:
        self._heartbeat = heartbeat
        self._overdue = lease.total_seconds() / 2
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="life-line", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._overdue / 2):
            if time.monotonic() - self._heartbeat.renewed > self._overdue:
                _LOG.warning("the event loop is blocked; renewing leases from a thread", hint="do not block in async")
                try:
                    asyncio.run(self._heartbeat.renew())
                except Exception as error:
                    known = isinstance(error, Unavailable)
                    _LOG.warning("leases cannot be renewed", error=str(error), exc_info=not known)
