"""The stores that must pass the contract. A new one is a line in STORES."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from foliot.adapters.sqlite import SqliteStore
from foliot.ports import Store
from tests.contract.builders import NOW


class Kind(msgspec.Struct, frozen=True):
    """A kind of store: `open` gives a ready one for a place of its own, the same data for the same place if `shared`."""

    name: str
    open: Callable[[Path], Awaitable[Store]]
    shared: bool

    def __str__(self) -> str:
        return self.name


async def _sqlite_in_memory(place: Path) -> Store:
    store = SqliteStore()
    await store.migrate(NOW)
    return store


async def _sqlite_in_a_file(place: Path) -> Store:
    store = SqliteStore(place / "foliot.db")
    await store.migrate(NOW)
    return store


STORES: Final = (
    Kind("sqlite-memory", _sqlite_in_memory, shared=False),
    Kind("sqlite-file", _sqlite_in_a_file, shared=True),
)
SHARED_STORES: Final = tuple(kind for kind in STORES if kind.shared)
