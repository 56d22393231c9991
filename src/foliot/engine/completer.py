"""Outcomes and notes of many attempts are written together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from foliot.domain.errors import Unavailable
from foliot.domain.run import Note, Outcome
from foliot.domain.states import RunState
from foliot.ports import EngineStore, Finished, Moved, Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LARGEST_WRITE: Final = 1_000
_NOTE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 2.0


class Completer:
    """Gathers what ends while a write is under way, and writes it all in the next one: group commit.

    Nothing is dropped while the store is away: it is kept, and the leases with it, until the store is back.

    Args:
        settled: called with each batch that was written, and with what came of it.
    """

    def __init__(
        self,
        store: EngineStore,
        wakeup: Wakeup,
        settled: Callable[[Sequence[Outcome], Finished], Awaitable[None]],
    ) -> None:
        self._store = store
        self._wakeup = wakeup
        self._settled = settled
        self._outcomes: list[Outcome] = []
        self._notes: list[Note] = []
        self._loop = asyncio.get_running_loop()
        self._stir = asyncio.Event()
        self._knows_of_notes = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def backlog(self) -> int:
        """How many outcomes wait to be written."""
        return len(self._outcomes)

    def add(self, outcome: Outcome) -> None:
        """Take an outcome to be written as soon as may be."""
        self._outcomes.append(outcome)
        self._idle.clear()
        self._stir.set()

    def note(self, note: Note) -> None:
        """Take a note, from any thread, to be written within a fraction of a second, and before the outcome of its
        attempt."""
        self._notes.append(note)
        if not self._knows_of_notes:
            self._knows_of_notes = True
            with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody writes any more
                self._loop.call_soon_threadsafe(self._stir.set)

    async def drained(self) -> None:
        """Return when all that was taken is written."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write for ever."""
        failures = 0
        while True:
            if not self._outcomes:
                self._idle.set()
                await self._wait()
            try:
                await self._write_notes()
                await self._write_outcomes()
                failures = 0
            except Unavailable as error:
                failures += 1
                pause = min(0.1 * 2**failures, _LONGEST_PAUSE_SECONDS)
                _LOG.warning("outcomes wait for the store", count=self.backlog, error=error.message, again_in=pause)
                await asyncio.sleep(pause)

    async def _wait(self) -> None:
        """Return when there is an outcome, or a while after a note. Who has nothing to write does not wake up."""
        self._stir.clear()
        self._knows_of_notes = False
        if not self._notes:
            await self._stir.wait()
        if self._outcomes:
            return
        self._stir.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_NOTE_SECONDS):
                await self._stir.wait()

    async def _write_notes(self) -> None:
        while notes := self._notes[:_LARGEST_WRITE]:
            await self._note(notes)
            del self._notes[: len(notes)]
            self._wakeup.notify(Topic.CHANGED, list({note.run_id for note in notes}))

    async def _note(self, batch: Sequence[Note]) -> None:
        try:
            await self._store.note(batch)
        except Unavailable:
            raise
        except Exception as error:
            if len(batch) == 1:
                _LOG.error("a note cannot be stored", run_id=batch[0].run_id, exc_info=error)
                return
            for note in batch:
                await self._note([note])

    async def _write_outcomes(self) -> None:
        if not (batch := self._outcomes[:_LARGEST_WRITE]):
            return
        finished = await self._finish(batch)
        del self._outcomes[: len(batch)]
        await self._settled(batch, finished)
        self._wakeup.notify(Topic.CHANGED, [outcome.run_id for outcome in batch])
        if any(outcome.state is RunState.RETRYING or outcome.state is RunState.PENDING for outcome in batch):
            self._wakeup.notify(Topic.SCHEDULED)

    async def _finish(self, batch: Sequence[Outcome]) -> Finished:
        try:
            return await self._store.finish([outcome for outcome in batch if not outcome.is_stored])
        except Unavailable:
            raise
        except Exception as error:
            if len(batch) == 1:
                # Its lease will run out, and the run be tried again; the others must not wait for it.
                _LOG.error("an outcome cannot be stored", run_id=batch[0].run_id, exc_info=error)
                return Finished(frozenset({batch[0].run_id}))
        one_by_one = [await self._finish([outcome]) for outcome in batch]
        lost = frozenset().union(*(finished.lost for finished in one_by_one))
        return Finished(lost, Moved.all(finished.moved for finished in one_by_one))
