"""The application that is measured. Its handlers and its store tell the board how far they are."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Self

import foliot
from bench.board import Board, Figure, Sample
from foliot.domain.run import Outcome
from foliot.ports import Finished
from foliot.sdk.job import Call

_PAYLOAD_BYTES: Final = 92
_ADDRESS: Final = "someone@example.com"
_SUBJECT: Final = "hello"
_BODY: Final = "x" * 11
"""A payload is then as large as that of the bare database: 92 bytes, of which 17 are the time of its submit."""


class Application:
    """Two job types: `noop` does nothing, `hold` lasts.

    A run counts as started in the first line of its handler, and as stored when the store has returned from writing its
    outcome, which is then durable.

    Args:
        place: the process's own on the board.
        every: one of so many runs is timed.
    """

    def __init__(self, settings: foliot.Settings, board: Board, place: int, every: int = 16) -> None:
        self.app = foliot.App(settings=settings)
        self._board = board
        self._place = place
        self._every = every
        self._begun = 0
        self._timed: dict[str, tuple[float, float]] = {}
        self._declare()

    def _declare(self) -> None:
        @self.app.job()
        async def noop(ctx: foliot.Context, to: str, subject: str, sent: float, body: str) -> dict[str, bool]:
            now = time.time()
            self._board.add(self._place, Figure.STARTED)
            self._begun += 1
            if not self._begun % self._every:
                self._timed[ctx.run_id] = (sent, now)
            return {"ok": True}

        @self.app.job(timeout=3600)
        async def hold(seconds: float) -> None:
            self._board.add(self._place, Figure.STARTED)
            await asyncio.sleep(seconds)

        self._noop = noop
        self.hold = hold

    async def submit(self, count: int = 1) -> None:
        """Submit so many jobs in one call. The time that they carry is that of just before."""
        self._board.add(self._place, Figure.SENT, count)
        sent = time.time()
        await self.app.submit_many([self._noop.call(_ADDRESS, _SUBJECT, sent, _BODY) for _ in range(count)])

    def recurring(self, seconds: float, start: datetime) -> Call[dict[str, bool]]:
        """A job that recurs, to be submitted; its first occurrence is at `start`."""
        return self._noop.options(every=seconds, start=start).call(_ADDRESS, _SUBJECT, 0.0, _BODY)

    async def __aenter__(self) -> Self:
        store = (await self.app.system()).store
        finish = store.finish

        async def watched(outcomes: Sequence[Outcome]) -> Finished:
            finished = await finish(outcomes)
            self._stored(outcomes, finished.lost)
            return finished

        store.finish = watched  # type: ignore[method-assign]  # the one place that knows when an outcome is stored
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.app.close()

    def _stored(self, outcomes: Sequence[Outcome], lost: frozenset[str]) -> None:
        now = time.time()
        ended = [outcome.run_id for outcome in outcomes if outcome.state.is_over and outcome.run_id not in lost]
        self._board.add(self._place, Figure.STORED, len(ended))
        for run_id in self._timed.keys() & set(ended):
            self._board.note(self._place, Sample(*self._timed.pop(run_id), now))


def settings_of(url: str, **more: Any) -> foliot.Settings:
    """How a process that is measured runs: as by default, but for more runs in hand."""
    members: dict[str, Any] = {"database_url": url, "concurrency": 1_000, "log_level": "warning"} | more
    return foliot.Settings(**members)
