"""The stores that must pass the contract. A new one is a line in STORES."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from foliot.adapters.postgres import PostgresStore
from foliot.adapters.sqlite import SqliteStore
from foliot.ports import Store
from tests.contract.builders import NOW

PIECE: Final = timedelta(seconds=10)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Place(msgspec.Struct, frozen=True):
    """Where stores keep what they keep: an empty folder; a database with empty tables, straight or by a pooler."""

    folder: Path
    database: Callable[[], str]
    pooled: Callable[[], str]


Places = Callable[[Path], AbstractContextManager[Place]]
"""Makes a place in a folder, for as long as it is needed."""


class Kind(msgspec.Struct, frozen=True):
    """A kind of store: `open` makes a ready one; if `shared`, two opened for one place have the same data.

    It forgets its history by the `piece`, or by the run when that is zero.
    """

    name: str
    open: Callable[[Place], Coroutine[Any, Any, Store]]
    shared: bool = True
    piece: timedelta = timedelta()
    examples: float = 1.0
    """Which share of the usual number of random examples it is worth."""

    def forgets(self, ended_at: datetime, before: datetime) -> bool:
        """Whether pruning what is older than `before` takes a run that ended at that time."""
        if not self.piece:
            return ended_at < before
        return (ended_at - _EPOCH) // self.piece < (before - _EPOCH) // self.piece

    def __str__(self) -> str:
        return self.name


async def _sqlite_in_memory(place: Place) -> Store:
    store = SqliteStore()
    await store.migrate(NOW)
    return store


async def _sqlite_in_place(place: Place) -> Store:
    store = SqliteStore(in_place=True)
    await store.migrate(NOW)
    return store


async def _sqlite_in_a_file(place: Place) -> Store:
    store = SqliteStore(place.folder / "foliot.db")
    await store.migrate(NOW)
    return store


async def _postgres(place: Place) -> Store:
    store = PostgresStore(place.database(), piece=PIECE)
    await store.migrate(NOW)
    return store


async def _postgres_by_a_pooler(place: Place) -> Store:
    store = PostgresStore(place.pooled(), piece=PIECE, is_pooled=True)
    await store.migrate(NOW)
    return store


STORES: Final = (
    Kind("sqlite-memory", _sqlite_in_memory, shared=False),
    Kind("sqlite-in-place", _sqlite_in_place, shared=False, examples=0.2),
    Kind("sqlite-file", _sqlite_in_a_file, examples=0.5),
    Kind("postgres", _postgres, piece=PIECE, examples=0.4),
    Kind("postgres-pgbouncer", _postgres_by_a_pooler, piece=PIECE, examples=0.1),
)
SHARED_STORES: Final = tuple(kind for kind in STORES if kind.shared)
