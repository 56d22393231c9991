"""The history in pieces: a partition for each stretch of time, made when it is first needed, dropped when it is old."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from foliot.adapters.postgres.session import Session

PARENTS: Final = ("finished", "attempts", "events")
_AHEAD: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BOUNDS: Final = re.compile(r"FROM \('([^']+)'\) TO \('([^']+)'\)")


class Piece(msgspec.Struct, frozen=True, order=True):
    """The partition `name` holds the rows from `start` up to, but not including, `end`."""

    start: datetime
    end: datetime
    name: str


class Pieces:
    """Makes and finds pieces.

    Args:
        width: how long a time a new piece covers; existing ones stay as they are.
    """

    def __init__(self, width: timedelta) -> None:
        self._width = width
        self._seen: list[Piece] = []

    def start_of(self, at: datetime) -> datetime:
        """Where a new piece that holds a time begins, if nothing is in its way."""
        return _EPOCH + (at - _EPOCH) // self._width * self._width

    async def of(self, session: Session, parent: str) -> list[Piece]:
        """The pieces of a table, oldest first."""
        rows = await session.fetch("pieces", parent)
        return sorted(
            Piece(datetime.fromisoformat(start), datetime.fromisoformat(end), name)
            for name, bounds in rows
            for start, end in _BOUNDS.findall(bounds or "")  # none: it is just being dropped
        )

    async def ensure(self, session: Session, at: datetime) -> None:
        """See that there are pieces for a time, in the transaction of the session, which may not be ours."""
        if self._missing("finished", self._seen, at) is not None:
            self._seen = await self.of(session, "finished")
            if self._missing("finished", self._seen, at) is not None:
                await self.make(session, [at])

    async def make(self, session: Session, when: Iterable[datetime]) -> None:
        """Make the pieces for these times, and some for the time after them, in the transaction of the session."""
        await session.fetch("pieces_lock")
        wanted = sorted({at + n * self._width for at in when for n in range(_AHEAD + 1)})
        for parent in PARENTS:
            there = await self.of(session, parent)
            for at in wanted:
                if (piece := self._missing(parent, there, at)) is not None:
                    await session.script(_creation(parent, piece))
                    there.append(piece)

    def _missing(self, parent: str, there: Sequence[Piece], at: datetime) -> Piece | None:
        """The piece that a time needs, between those that are there."""
        if any(piece.start <= at < piece.end for piece in there):
            return None
        start = self.start_of(at)
        end = start + self._width
        start = max([start, *(piece.end for piece in there if piece.end <= at)])
        end = min([end, *(piece.start for piece in there if piece.start > at)])
        return Piece(start, end, f"{parent}_{start:%Y%m%dt%H%M%S}")


def _creation(parent: str, piece: Piece) -> str:
    """Attached, not created in place, so that nobody who writes to the parent has to wait."""
    return (
        f"create table {piece.name} (like {parent} including defaults) with (autovacuum_enabled = false);"
        f"alter table {parent} attach partition {piece.name}"
        f" for values from ('{piece.start.isoformat()}') to ('{piece.end.isoformat()}')"
    )
