"""The system behind an app under test: in memory, on virtual time, and at work for as long as it is open."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random
from typing import Final

import msgspec

from foliot.adapters.local.wakeup import LocalWakeup
from foliot.adapters.sqlite import SqliteStore
from foliot.engine.handler import Handler
from foliot.engine.pacing import Pacing
from foliot.settings import Settings
from foliot.testing.clock import VirtualClock
from foliot.wiring import System
from foliot.wiring.surroundings import Surroundings
from foliot.wiring.system import DEFAULT_TENANT

_A_DAY: Final = timedelta(days=1).total_seconds()
_FOR_EVER_DAYS: Final = 100 * 366.0


class SystemUnderTest(System):
    """Everything is as it is in production, but for what only costs time where nobody else is there to be awaited:
    hints are trusted, so that nobody polls more than once a day; leases last a day; and nothing is pruned.

    Args:
        settings: of the app; concurrency, queues, and limits hold.
        handlers: asked for when work begins.
        broke: called with the error, should the engine fail.
    """

    def __init__(
        self,
        settings: Settings,
        handlers: Callable[[], Iterable[Handler]],
        clock: VirtualClock,
        monotonic: Callable[[], float],
        random: Random,
        broke: Callable[[BaseException], None],
    ) -> None:
        super().__init__(
            msgspec.structs.replace(
                settings,
                database_url="sqlite://:memory:",
                redis_url=None,
                tenant=DEFAULT_TENANT,
                lease_seconds=_A_DAY,
                grace_seconds=0.0,
                retention_days=_FOR_EVER_DAYS,
            ),
            SqliteStore(in_place=True, random=random),
            LocalWakeup(patience=_A_DAY),
            Surroundings(
                clock=clock,
                monotonic=monotonic,
                random=random,
                process="worker",
                pacing=Pacing(gather=0.0, pause=0.0, whole_look=0.0),
                look_again=_A_DAY,
                watches_the_loop=False,
            ),
        )
        self._handlers = handlers
        self._broke = broke
        self._stop = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """See `System.open`; work begins with it."""
        try:
            await super().open()
        except BaseException:
            await super().close()
            raise
        self._work = asyncio.create_task(self._keep_working(), name="work")

    async def close(self) -> None:
        """See `System.close`; work ends before, and what has not ended is handed back."""
        self._stop.set()
        if self._work is not None:
            await asyncio.wait([self._work])
        await super().close()

    async def _keep_working(self) -> None:
        try:
            async with self.working(self._handlers()):
                await self._stop.wait()
        except BaseException as error:
            self._broke(error)
