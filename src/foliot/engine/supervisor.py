"""All that runs by itself in one process, started and stopped together."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Final

import structlog

from foliot.engine.containment import contained_handlers
from foliot.engine.heartbeat import LifeLine
from foliot.engine.loop import Loop, keep_stepping
from foliot.engine.worker import Worker
from foliot.ports import Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LAST_WRITES_SECONDS: Final = 10.0


class Supervisor:
    """One task group around a worker, its completer and deadlines, and the loops."""

    def __init__(
        self, worker: Worker, loops: Sequence[Loop], life_line: LifeLine | None, wakeup: Wakeup, random: Random
    ) -> None:
        self._worker = worker
        self._loops = loops
        self._life_line = life_line
        self._wakeup = wakeup
        self._random = random
        self._stop = asyncio.Event()
        self._grace = timedelta()
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Run until `stop` is called and all that was in hand is finished or handed back."""
        if self._life_line is not None:
            self._life_line.start()
        try:
            with contained_handlers():
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(keep_stepping(loop, self._wakeup, self._random), name=loop.name)
                        for loop in (self._worker, *self._loops)
                    ]
                    tasks.append(group.create_task(self._worker.completer.run(), name="completer"))
                    tasks.append(group.create_task(self._worker.deadlines.run(), name="deadlines"))
                    await self._stop.wait()
                    await self._drain()
                    for task in tasks:
                        task.cancel()
        finally:
            if self._life_line is not None:
                self._life_line.stop()

    def stop(self, grace: timedelta, hurry: asyncio.Event | None = None) -> None:
        """Let `run` end: what runs may finish within `grace`, or until `hurry` is set; the rest is handed back."""
        self._grace = grace
        self._hurry = hurry or self._hurry
        self._stop.set()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(self._grace.total_seconds() + _LAST_WRITES_SECONDS):
                await self._worker.drain(self._grace, self._hurry)
        except TimeoutError:
            _LOG.warning("the store took no last words; leases will run out, and others go on with the runs")
