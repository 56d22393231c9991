"""What goes through the streams: entries that name some queued runs each. The store decides what they are worth."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.priority import Priority
from foliot.domain.run import Queued

LARGEST_ENTRY: Final = 50
_FIELD: Final = b"runs"


class Cell(msgspec.Struct, frozen=True, order=True):
    """One stream's share of the work: a queue and a priority."""

    queue: str
    priority: Priority


class Hint(msgspec.Struct, frozen=True, array_like=True):
    """A run that waits, as far as is known."""

    run_id: str
    tenant_id: str
    type: str


class _Content(msgspec.Struct, frozen=True, array_like=True):
    at: int
    hints: list[Hint]


class Entry(msgspec.Struct, kw_only=True):
    """An entry that was read: until it is acknowledged it is pending, and ours."""

    stream: str
    id: bytes
    published_at: datetime
    hints: list[Hint]


_decoder = msgspec.msgpack.Decoder(_Content)
_encode = msgspec.msgpack.Encoder().encode


def entries_of(runs: Iterable[Queued], now: datetime) -> Iterator[tuple[Cell, dict[Any, Any]]]:
    """Runs as entries, each of one cell; their order is kept within it."""
    by_cell: dict[Cell, list[Hint]] = {}
    for run in runs:
        by_cell.setdefault(Cell(run.queue, run.priority), []).append(Hint(run.run_id, run.tenant_id, run.type))
    for cell, hints in by_cell.items():
        for some in _some_of(hints):
            yield cell, fields(some, now)


def fields(hints: Sequence[Hint], published_at: datetime) -> dict[Any, Any]:
    """Hints as the fields of an entry."""
    return {_FIELD: _encode(_Content(to_microseconds(published_at), list(hints)))}


def entry(stream: str, identifier: bytes, content: dict[bytes, bytes] | None) -> Entry:
    """An entry as it was read.

    Raises:
        ValueError: it was not made by us.
    """
    try:
        read = _decoder.decode((content or {})[_FIELD])
    except (KeyError, msgspec.MsgspecError) as error:
        raise ValueError(f"entry {identifier!r} of {stream} cannot be read: {error}") from error
    return Entry(stream=stream, id=identifier, published_at=from_microseconds(read.at), hints=read.hints)


def _some_of(hints: Sequence[Hint]) -> Iterator[Sequence[Hint]]:
    for start in range(0, len(hints), LARGEST_ENTRY):
        yield hints[start : start + LARGEST_ENTRY]
