"""The stores that must pass the contract. A new one is a line in STORES."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec

from foliot.adapters.sqlite import SqliteStore
from foliot.ports import Store
from tests.contract.builders import NOW


class Kind(msgspec.Struct, frozen=True):
    """A kind of store: `open` makes a ready one; if `shared`, two opened for one place have the same data."""

    name: str
    open: Callable[[Path], Coroutine[Any, Any, Store]]
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
