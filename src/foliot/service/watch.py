"""Watching runs: their events as they happen, and the wait for their end."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

import structlog

from foliot.domain.errors import ResultTimeout, Unavailable
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.run import Run
from foliot.ports import ReadStore, RunRef, Subscription, Topic, Wakeup
from foliot.service.runs import Runs

_LOG: Final = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS: Final = 0.5


class Watch:
    """One look at the store serves all who wait, however many they are.

    Args:
        look_again: for how many seconds a change that another process made may go unseen. Changes of this process are
            hinted at.
    """

    def __init__(self, runs: Runs, store: ReadStore, wakeup: Wakeup, look_again: float = LOOK_AGAIN_SECONDS) -> None:
        self._runs = runs
        self._store = store
        self._wakeup = wakeup
        self._look_again = look_again
        self._waiting: dict[RunRef, dict[asyncio.Future[Run], None]] = {}
        self._looker: asyncio.Task[None] | None = None

    async def events(self, identity: Identity, run_id: str, after: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a run, from the first one after the event with the id `after`, until the run is over.

        Raises:
            NotFound: this tenant has none of that id.
        """
        ear = self._wakeup.subscribe(Topic.CHANGED)
        try:
            told: set[str] = set()
            while True:
                run, events = await self._runs.story(identity, run_id)
                ids = [event.id for event in events]
                if after in ids:
                    told.update(ids[: ids.index(after) + 1])
                for event in events:
                    if event.id not in told:
                        told.add(event.id)
                        yield event
                if run.state.is_over:
                    return
                await self._stirred(ear, run_id)
        finally:
            ear.close()

    async def ended(self, identity: Identity, run_id: str, timeout: timedelta | None = None) -> Run:
        """The run, with its result, once it is over.

        Raises:
            NotFound: this tenant has none of that id.
            ResultTimeout: it is not over within `timeout`.
        """
        ref = RunRef(identity.tenant_id, run_id)
        over: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(ref, {})[over] = None
        if self._looker is None:
            self._looker = asyncio.create_task(self._look(), name="watch")
        try:
            run = await self._runs.get(identity, run_id)  # now that we listen: an end from here on is heard of
            if run.state.is_over:
                return run
            async with asyncio.timeout(None if timeout is None else timeout.total_seconds()):
                return await over
        except TimeoutError:
            raise ResultTimeout(f"Run {run_id} is not over yet; ask again, or wait longer.") from None
        finally:
            waiting = self._waiting.get(ref, {})
            waiting.pop(over, None)
            if not waiting:
                self._waiting.pop(ref, None)

    async def _look(self) -> None:
        """Ask for the ended ones among the awaited runs, those hinted at soon, all of them now and then."""
        ear = self._wakeup.subscribe(Topic.CHANGED)
        clock = asyncio.get_running_loop().time
        look_at_all = clock() + self._look_again
        try:
            while self._waiting:
                hinted = await ear.wait(look_at_all - clock())
                if hinted and clock() < look_at_all:
                    wanted = [ref for ref in self._waiting if ref.run_id in hinted]
                else:  # nobody said which, or hints never cease
                    wanted = list(self._waiting)
                    look_at_all = clock() + self._look_again
                for run in await self._ended(wanted):
                    for over in self._waiting.pop(RunRef(run.tenant_id, run.id), ()):
                        if not over.done():
                            over.set_result(run)
        finally:
            ear.close()
            self._looker = None

    async def _ended(self, refs: list[RunRef]) -> list[Run]:
        try:
            return await self._store.ended(refs) if refs else []
        except Exception as error:  # those who wait are to go on waiting
            _LOG.warning("cannot look for ended runs", error=str(error), exc_info=not isinstance(error, Unavailable))
            await asyncio.sleep(self._look_again)
            return []

    async def _stirred(self, ear: Subscription, run_id: str) -> None:
        """Return when the run may have changed."""
        deadline = asyncio.get_running_loop().time() + self._look_again
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            hinted = await ear.wait(left)
            if not hinted or run_id in hinted:
                return
