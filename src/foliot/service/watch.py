"""Watching runs: their events as they happen, and the wait for their end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Final

import structlog

from foliot.domain.errors import ResultTimeout, Unavailable
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.run import Run
from foliot.ports import ReadStore, RunRef, Topic, Wakeup
from foliot.service.runs import Runs

_LOG: Final = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS: Final = 0.5
_AT_ONCE: Final = 100
_REST: Final = 4

Story = tuple[Run, list[Event]]


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
        self._watched: dict[RunRef, _Watched] = {}
        self._teller: asyncio.Task[None] | None = None

    async def events(self, identity: Identity, run_id: str, after: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a run, from the first one after the event with the id `after`, until the run is over.

        Raises:
            NotFound: this tenant has none of that id.
        """
        ref, seat = RunRef(identity.tenant_id, run_id), _Seat()
        self._watched.setdefault(ref, _Watched(identity)).seats[seat] = None
        if self._teller is None:
            self._teller = asyncio.create_task(self._tell(), name="watch-events")
        try:
            told: set[str] = set()
            story = await self._runs.story(identity, run_id)  # now that we listen: what happens from here on is told
            while True:
                run, events = story
                ids = [event.id for event in events]
                if after in ids:
                    told.update(ids[: ids.index(after) + 1])
                for event in events:
                    if event.id not in told:
                        told.add(event.id)
                        yield event
                if run.state.is_over:
                    return
                story = await seat.next()
        finally:
            watched = self._watched[ref]
            watched.seats.pop(seat)
            if not watched.seats:
                self._watched.pop(ref)

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

    async def close(self) -> None:
        """Look no more, before the store is closed. Who still waits is told so."""
        lookers = [task for task in (self._looker, self._teller) if task is not None]
        for task in lookers:
            task.cancel()
        await asyncio.gather(*lookers, return_exceptions=True)
        closing = Unavailable("This process no longer watches: it is closing.")
        for over in [over for waiting in self._waiting.values() for over in waiting if not over.done()]:
            over.set_exception(closing)
        for seat in [seat for watched in self._watched.values() for seat in watched.seats]:
            seat.give(closing)

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

    async def _tell(self) -> None:
        """Read the stories of watched runs anew: of those hinted at soon, now and then of all that have changed."""
        ear = self._wakeup.subscribe(Topic.CHANGED)
        clock = asyncio.get_running_loop().time
        look_at_all = clock() + self._look_again
        try:
            while self._watched:
                hinted = await ear.wait(look_at_all - clock())
                if hinted and clock() < look_at_all:
                    await self._retell([ref for ref in self._watched if ref.run_id in hinted])
                    continue
                began = clock()
                await self._retell(await self._changed())
                # Where each commit of another process stirs, looking must not become all that is done.
                await asyncio.sleep(_REST * (clock() - began))
                look_at_all = clock() + self._look_again
        finally:
            ear.close()
            self._teller = None

    async def _changed(self) -> list[RunRef]:
        """The watched runs to which something has happened since the last look, or which are gone."""
        refs = list(self._watched)
        try:
            marks = await self._store.marks(refs)
        except Exception as error:  # those who watch are to go on watching
            _LOG.warning("cannot look for changed runs", error=str(error), exc_info=not isinstance(error, Unavailable))
            return []
        changed = []
        for ref in refs:
            watched = self._watched.get(ref)
            if watched is not None and watched.mark != (mark := marks.get(ref)):
                watched.mark = mark
                changed.append(ref)
        return changed

    async def _retell(self, refs: Sequence[RunRef]) -> None:
        """Give the stories of these runs, as they are now, to all who watch them."""
        for start in range(0, len(refs), _AT_ONCE):
            await asyncio.gather(*(self._retell_one(ref) for ref in refs[start : start + _AT_ONCE]))

    async def _retell_one(self, ref: RunRef) -> None:
        watched = self._watched.get(ref)
        if watched is None:
            return
        told: Story | Exception
        try:
            told = await self._runs.story(watched.identity, ref.run_id)
        except Exception as error:  # whoever watches is to know
            told = error
        for seat in watched.seats:
            seat.give(told)


class _Seat:
    """Where one watcher gets the newest story; one that it did not come for in time is replaced."""

    def __init__(self) -> None:
        self._news: Story | Exception | None = None
        self._came = asyncio.Event()

    def give(self, news: Story | Exception) -> None:
        self._news = news
        self._came.set()

    async def next(self) -> Story:
        await self._came.wait()
        self._came.clear()
        if isinstance(self._news, Exception):
            raise self._news
        assert self._news is not None
        return self._news


class _Watched:
    """A run that somebody watches. `mark` is that of the last look; `identity` may read it."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.seats: dict[_Seat, None] = {}
        self.mark: str | None = None
