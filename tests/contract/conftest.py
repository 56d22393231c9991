"""One fixture runs every contract test on every store."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from foliot.ports import Store
from tests.contract.stores import SHARED_STORES, STORES, Kind, Place


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Place]]:
    """Makes places; servers start when the first store asks for a database."""
    with ExitStack() as leaving:

        def make(folder: Path) -> Place:
            @cache
            def database() -> str:
                postgres: Any = request.getfixturevalue("postgres")
                url: str = postgres.database()
                leaving.callback(postgres.drop, url)
                return url

            def pooled() -> str:
                url: str = request.getfixturevalue("pgbouncer").url(database())
                return url

            return Place(folder, database, pooled)

        yield make


@pytest.fixture
def place(tmp_path: Path, places: Callable[[Path], Place]) -> Place:
    """An empty place."""
    return places(tmp_path)


@pytest.fixture(params=STORES, ids=str)
async def store(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Store]:
    """An empty store."""
    kind: Kind = request.param
    opened = await kind.open(place)
    yield opened
    await opened.close()


@pytest.fixture(params=SHARED_STORES, ids=str)
async def two_stores(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on the same, empty database, as two processes have them."""
    kind: Kind = request.param
    one, other = await kind.open(place), await kind.open(place)
    yield one, other
    await one.close()
    await other.close()
