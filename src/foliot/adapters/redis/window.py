"""What the streams lost, or had no room for: the store knows, and it is published again.

A stream is in the order in which runs were published, so a run that was due and queued well before its first entry, and
still waits, is lost. One that is full gets no more: it is a window on the store then, which the reconciler moves on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from foliot.adapters.redis.entries import entries_of, written
from foliot.adapters.redis.names import Cell, Names
from foliot.adapters.redis.scripts import Scripts
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.ports import Gap, Waiting

_TURN_MILLISECONDS: Final = 500
_AT_A_TIME: Final = 2_000
_SLACK: Final = timedelta(seconds=1)
"""Runs are not published quite in the order in which they were queued."""


class Window:
    """How what waits in the store compares with what is in the streams."""

    def __init__(self, redis: Any, scripts: Scripts, names: Names, most: int) -> None:
        self._redis = redis
        self._scripts = scripts
        self._names = names
        self._most = most
        self._behind: set[Cell] = set()

    async def take_turn(self) -> bool:
        """Whether nobody else has looked just now."""
        return bool(await self._redis.set(self._names.turn, 1, nx=True, px=_TURN_MILLISECONDS))

    async def gap(self, cell: Cell, now: datetime) -> Gap | None:
        """Which runs of a cell must have been lost, if they still wait; None while there is no room for them."""
        names = self._names
        keys = [names.stream(cell), names.returned(cell), names.window(cell), names.left_types(cell.queue)]
        length, first, at, returned_at, (due_at, run, entry, behind), left = await self._scripts.run(
            "gap", keys, *names.left(cell)
        )
        (self._behind.add if behind else self._behind.discard)(cell)
        if length >= self._most or (behind and length > self._most // 2):
            return None
        before, after = now, None
        if not behind:
            before = min([now, *(from_microseconds(int(one)) - _SLACK for one in (at, returned_at) if one)])
        if due_at and (behind or (first and entry and _order(first) <= _order(entry))):
            after = from_microseconds(int(due_at)), run.decode()
        return Gap(before=before, after=after, other_than=[name.decode() for name in left], room=_AT_A_TIME)

    async def republish(self, cell: Cell, gap: Gap, lost: Sequence[Waiting], now: datetime) -> None:
        """Append what a gap turned out to hold."""
        has_caught_up = cell in self._behind and len(lost) < gap.room
        if not lost and not has_caught_up:
            return
        due = {one.run.run_id: one.due_at for one in lost}
        told = []
        for runs in entries_of(one.run for one in lost):
            last = runs[-1].run_id
            told.append((runs[0].type, written(runs), str(to_microseconds(due[last])), last))
        keys = [self._names.stream(cell), self._names.window(cell)]
        await self._scripts.run(
            "republish", keys, self._most, to_microseconds(now), msgspec.json.encode(told), int(has_caught_up)
        )


def _order(identifier: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = identifier.partition(b"-")
    return int(milliseconds), int(sequence)
