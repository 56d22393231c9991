"""One timer for all attempts in hand, instead of one each."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

from foliot.engine.attempt import Attempt

_FEWEST_TO_SWEEP: Final = 1_000


class Deadlines:
    """Calls `passed` for each attempt that is not settled when its deadline comes."""

    def __init__(self, passed: Callable[[Attempt], None]) -> None:
        self._passed = passed
        self._heap: list[tuple[float, int, Attempt]] = []
        self._order = count()
        self._earlier = asyncio.Event()
        self._sweep_at = _FEWEST_TO_SWEEP

    def set(self, attempt: Attempt, at: float) -> None:
        """Watch this attempt until `at`, in the event loop's time."""
        if not self._heap or at < self._heap[0][0]:
            self._earlier.set()
        heapq.heappush(self._heap, (at, next(self._order), attempt))
        if len(self._heap) > self._sweep_at:
            self._forget_settled()

    async def run(self) -> None:
        """Watch for ever."""
        loop = asyncio.get_running_loop()
        while True:
            while self._heap and self._heap[0][0] <= loop.time():
                attempt = heapq.heappop(self._heap)[2]
                if not attempt.is_settled:
                    self._passed(attempt)
            self._earlier.clear()
            try:
                async with asyncio.timeout_at(self._heap[0][0] if self._heap else None):
                    await self._earlier.wait()
            except TimeoutError:
                pass

    def _forget_settled(self) -> None:
        """Deadlines lie minutes ahead of attempts that last milliseconds: without this the heap would fill memory."""
        self._heap = [entry for entry in self._heap if not entry[2].is_settled]
        heapq.heapify(self._heap)
        self._sweep_at = max(_FEWEST_TO_SWEEP, 2 * len(self._heap))
