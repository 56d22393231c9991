"""A world of its own for a test: an app in memory, and a clock that the test advances."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from foliot.domain.page import LARGEST_PAGE, PageRequest
from foliot.domain.run import Run
from foliot.ports import RunFilter
from foliot.sdk.app import App
from foliot.sdk.job import JobFunction
from foliot.settings import Settings
from foliot.testing.clock import VirtualClock
from foliot.testing.loop import VirtualLoop
from foliot.testing.system import SystemUnderTest
from foliot.wiring import System

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When it is in a world that was not told."""

_FAREWELL_SECONDS: Final = 60
"""So much time may pass at the end, for handlers that do not heed that they are to stop."""

P = ParamSpec("P")
T = TypeVar("T")


class TimeStandsStill(AssertionError):
    """A test waits for what can only come with time, and does not advance the clock."""


class World:
    """What a test holds in its hands.

    `app` is the app under test; its jobs run in here, in this process, from when it is first used. `clock` is its time.
    `random` is where all its chance comes from, ids included: of one seed everything is the same each time.
    """

    def __init__(self, app: App, start: datetime, seed: int) -> None:
        self.app = app
        self.random = Random(seed)
        self._system: SystemUnderTest | None = None
        self._main: asyncio.Task[Any] | None = None
        self._failure: BaseException | None = None
        self._loop = VirtualLoop(self._is_outside, self._wake_in_vain)
        self._runner = asyncio.Runner(loop_factory=lambda: self._loop)
        self.clock = VirtualClock(self._loop, start)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns, run in the event loop of this world. It may be called again and again; in
        between, everything stands still.

        Raises:
            TimeStandsStill: the coroutine waits for what only comes with time.
        """
        return self._runner.run(self._guarded(work))

    async def runs(self, job: JobFunction[..., Any] | str | None = None) -> list[Run]:
        """All runs so far of a job type (or of its name; of all when left out), oldest first, without their results.

        `due_at` of each is its planned time (after a failure that of the retry), `started_at` when it began.
        """
        system = await self.app.system()
        wanted = RunFilter(type=job.name if isinstance(job, JobFunction) else job)
        request = PageRequest(LARGEST_PAGE)
        found: list[Run] = []
        while True:
            page = await system.services.runs.page(system.identity, wanted, request)
            found += page.items
            if page.next_cursor is None:
                return found[::-1]
            request = PageRequest(LARGEST_PAGE, page.next_cursor)

    async def drained(self) -> None:
        """Return when all that is due now has been run, as far as it can be without time."""
        await self.clock.advance()

    # -- for `virtual_time`

    async def open_system(self, settings: Settings) -> System:
        """What the app opens instead of its own system."""
        self._system = SystemUnderTest(
            settings, lambda: self.app.handlers, self.clock, self._loop.time, self.random, self._fail
        )
        await self._system.open()
        return self._system

    def close(self) -> None:
        """End all that runs, and the loop."""
        unheard, self._failure = self._failure, None
        with self._runner:
            self.run(self._leave())
        if unheard is not None:
            raise unheard

    async def _leave(self) -> None:
        if self._system is not None:
            self._loop.let_pass(_FAREWELL_SECONDS)
            await self.app.close()

    # -- for the loop

    def _is_outside(self) -> bool:
        return self._system is not None and self._system.outside > 0

    def _wake_in_vain(self) -> None:
        self._fail(
            TimeStandsStill(
                f"It is {self.clock.now().isoformat()}, nothing is at work, and this waits for what only time brings: "
                "advance the clock, or await this in a task of its own while the clock is advanced."
            )
        )

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        if self._main is not None:
            self._main.cancel()

    async def _guarded(self, work: Coroutine[Any, Any, T]) -> T:
        self._main = asyncio.current_task()
        try:
            if self._failure is not None:
                work.close()
                raise asyncio.CancelledError
            return await work
        except asyncio.CancelledError as stopped:
            failure, self._failure = self._failure, None
            if failure is None:
                raise
            raise failure from stopped
        finally:
            self._main = None


@contextmanager
def virtual_time(app: App | None = None, *, start: datetime = START, seed: int = 0) -> Iterator[World]:
    """A world in which the app, instead of opening the database of its settings, keeps everything in memory, and time
    is virtual. At its end the app is as it was.

    Args:
        app: the app under test; when left out, a new one without job types, which is found as `world.app`.
        start: the instant to begin at, with a UTC offset.
        seed: of all chance.

    Raises:
        Conflict: the app is open.
    """
    world = World(app or App(settings=Settings()), start, seed)
    try:
        with world.app.opened_by(world.open_system):
            yield world
    finally:
        world.close()


def in_virtual_time(
    app: App | None = None, *, start: datetime = START, seed: int = 0
) -> Callable[[Callable[Concatenate[World, P], Coroutine[Any, Any, T]]], Callable[P, T]]:
    """Make a plain test of an `async def` one: it is run in a world of its own, which is its first argument.

    The other arguments remain, as fixtures and parameters. The arguments are those of `virtual_time`.
    """

    def decorate(test: Callable[Concatenate[World, P], Coroutine[Any, Any, T]]) -> Callable[P, T]:
        @functools.wraps(test)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with virtual_time(app, start=start, seed=seed) as world:
                return world.run(test(world, *args, **kwargs))

        signature = inspect.signature(test)
        left = list(signature.parameters.values())[1:]
        run.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # what pytest reads
        return run

    return decorate
