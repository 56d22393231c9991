"""The application that is put to the test. Every handler notes that it runs before it does anything."""

import asyncio
from pathlib import Path
from typing import Any, Final

from chaos.ledger import ledger_of
from chaos.notes import Notebook
from foliot import App, Context, PermanentError, RetryPolicy, Settings
from foliot.sdk.job import JobFunction

PATIENT: Final = RetryPolicy(max_attempts=100, base_seconds=0.2, cap_seconds=1.0)
"""Whatever is done to it, no run shall fail for want of attempts: all end as their kind does."""

SLOW_SECONDS: Final = 1.0
HOLD_SECONDS: Final = 600.0


class Application:
    """The job types, each of which takes a number and returns it.

    Args:
        folder: where executions are noted; `released` in it ends what `hold` holds.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.app = App(settings=settings)
        self.types: dict[str, JobFunction[[int], Any]] = {}
        self._notebook = Notebook(folder)
        self._released = folder / "released"
        self._ledger = ledger_of(settings)
        for function in (self.quick, self.slow, self.flaky, self.doomed, self.charge, self.hold):
            self._declare(function)

    def _declare(self, function: Any) -> None:
        name = function.__name__
        self.types[name] = self.app.job(name, queue="held" if name == "hold" else "default", retry=PATIENT)(function)

    async def quick(self, ctx: Context, number: int) -> int:
        """Do nothing."""
        self._notebook.note(ctx, number)
        return number

    async def slow(self, ctx: Context, number: int) -> int:
        """Last a second."""
        self._notebook.note(ctx, number)
        await asyncio.sleep(SLOW_SECONDS)
        return number

    async def flaky(self, ctx: Context, number: int) -> int:
        """Fail once or twice, then succeed."""
        self._notebook.note(ctx, number)
        if ctx.attempt <= 1 + number % 2:
            raise ConnectionError("not yet")
        return number

    async def doomed(self, ctx: Context, number: int) -> int:
        """Fail for good: a dead letter."""
        self._notebook.note(ctx, number)
        raise PermanentError("never")

    async def charge(self, ctx: Context, number: int) -> int:
        """Write an effect and complete with it; one in three takes both back at its first attempt."""
        self._notebook.note(ctx, number)
        return await self._ledger.charge(ctx, number, undo=ctx.attempt == 1 and number % 3 == 0)

    async def hold(self, ctx: Context, number: int) -> int:
        """Last until there is a file `released`."""
        self._notebook.note(ctx, number)
        async with asyncio.timeout(HOLD_SECONDS):
            while not self._released.exists():
                await asyncio.sleep(0.2)
        return number
