"""An event loop whose time is not the machine's: it stands still while anything is at work, and else jumps."""

import asyncio
import math
import queue
import selectors
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from functools import partial
from typing import Final, TypeVar, TypeVarTuple, Unpack

import structlog

_LOG: Final = structlog.get_logger(__name__)
_MICROSECONDS: Final = 1_000_000
_RESOLUTION: Final = 0.5 / _MICROSECONDS
_PATIENCE_SECONDS: Final = 1.0
"""Of real time: so long nothing must stir before a test is told that it waits in vain."""
_LONG_PATIENCE_SECONDS: Final = 10.0
"""The same where others have a say: threads, processes, or the far end of a connection."""
_BUSY_TURNS: Final = 1_000

_Event = tuple[selectors.SelectorKey, int]
_Select = Callable[[float | None], list[_Event]]
Args = TypeVarTuple("Args")
T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time is counted in whole microseconds from the loop's making, so that no sum of floats makes it drift.

    It goes on only when no callback is ready, nothing is at work outside the loop, and `limit` allows it; then it jumps
    to the next timer. What other threads ask for is heard when nothing else is ready, so that it matters little how
    fast they are.

    Args:
        is_outside: whether anything is at work outside the loop that the loop itself does not know of. It knows of
            what was given to `run_in_executor`.
        gave_up: called when whatever is awaited can only come with time, and nobody lets time pass.
    """

    def __init__(self, is_outside: Callable[[], bool], gave_up: Callable[[], None]) -> None:
        self._is_outside = is_outside
        self._gave_up = gave_up
        self._now = 0
        self._limit = 0
        self._arrived: asyncio.Future[None] | None = None
        self._landed: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._busy_turns = 0
        self._in_executors = 0
        self._owner = threading.get_ident()
        self._selecting = _Selector(self._turn)
        super().__init__(self._selecting)
        # Above the distance of two floats, for 68 years, so that a timer is due at its own time.
        self._clock_resolution = _RESOLUTION

    # -- time

    @property
    def microseconds(self) -> int:
        """How much time has passed."""
        return self._now

    def time(self) -> float:
        """The same in seconds."""
        return self._now / _MICROSECONDS

    async def pass_time(self, until: int) -> None:
        """Let time pass up to there, and return when all is quiet then.

        Raises:
            RuntimeError: somebody lets time pass already.
        """
        if self._arrived is not None:
            raise RuntimeError("The clock is being advanced already; await one advance after the other.")
        self._arrived = self.create_future()
        self._limit = until
        try:
            await self._arrived
        finally:
            self._arrived = None
            self._limit = self._now

    def let_pass(self, seconds: float) -> None:
        """From now on so much time may pass, should anybody wait for it."""
        self._limit = self._now + round(seconds * _MICROSECONDS)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Args]], object], *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        """As asyncio's, at a whole microsecond; what is to come later than now moves time by one at least."""
        if math.isfinite(when):
            at = round(when * _MICROSECONDS)
            when = (self._now + 1 if at <= self._now and when > self.time() else at) / _MICROSECONDS
        return super().call_at(when, callback, *args, context=context)

    # -- other threads

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Args]], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio's, but what comes from another thread lands, and is heard when nothing else is ready."""
        if threading.get_ident() == self._owner:
            return self.call_soon(callback, *args, context=context)
        self._landed.put(partial(self.call_soon, callback, *args, context=context))
        return super().call_soon_threadsafe(_wake)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Args]], T], *args: *Args
    ) -> asyncio.Future[T]:
        """As asyncio's; time stands still until the answer."""
        future = super().run_in_executor(executor, func, *args)
        self._in_executors += 1
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, _: object) -> None:
        self._in_executors -= 1

    # -- turns

    def _turn(self, timeout: float | None, select: _Select) -> list[_Event]:
        """What is between two turns of the loop: with a timeout of zero something is ready."""
        if timeout is not None and timeout <= 0:
            self._busy_turns += 1
            if self._busy_turns % _BUSY_TURNS == 0:  # somebody turns round and round until a thread has answered
                self._hear()
            return [] if self._selecting.is_alone else select(0)
        self._busy_turns = 0
        while True:
            if self._hear():
                return []
            if events := select(0):
                return events
            if self._is_outside() or self._in_executors:
                if events := select(_LONG_PATIENCE_SECONDS):
                    return events
                _LOG.warning(
                    "virtual time stands still until a thread or a child process ends",
                    hint="time does not pass in threads: let handlers that wait be coroutines",
                )
            elif self._jump(timeout):
                return []
            elif events := select(_PATIENCE_SECONDS if self._selecting.is_alone else _LONG_PATIENCE_SECONDS):
                return events
            else:
                self._gave_up()
                return []

    def _hear(self) -> bool:
        """Whether other threads have asked for something; it is then ready."""
        if self._landed.empty():
            return False
        while not self._landed.empty():  # we are the only one who takes
            self._landed.get_nowait()()
        return True

    def _jump(self, timeout: float | None) -> bool:
        """Whether time went on, or has arrived where it was to go."""
        following = math.inf if timeout is None else self._now + max(1, round(timeout * _MICROSECONDS))
        if self._now < self._limit:
            self._now = int(min(following, self._limit))
            return True
        if self._arrived is None or self._arrived.done():
            return False
        self._arrived.set_result(None)
        return True


class _Selector(selectors.DefaultSelector):
    """Asks before it waits."""

    def __init__(self, turn: Callable[[float | None, _Select], list[_Event]]) -> None:
        super().__init__()
        self._turn = turn

    @property
    def is_alone(self) -> bool:
        """Whether there is nothing to listen to but what wakes the loop itself."""
        return len(self.get_map()) == 1

    def select(self, timeout: float | None = None) -> list[_Event]:
        return self._turn(timeout, super().select)


def _wake() -> None:
    """What only wakes the loop."""
