"""One fixture runs every contract test on every store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

from foliot.ports import Store
from tests.contract.stores import SHARED_STORES, STORES, Kind, Place, Places
from tests.databases import Databases


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Places:
    """Makes places; servers start when the first store asks for a database."""

    @contextmanager
    def make(folder: Path) -> Iterator[Place]:
        with ExitStack() as leaving:

            def database(*, is_pooled: bool = False) -> str:
                databases: Databases = request.getfixturevalue("databases")
                url = databases.take(is_pooled=is_pooled)
                leaving.callback(databases.give_back, url, is_pooled=is_pooled)
                return url

            def pooled() -> str:
                url: str = request.getfixturevalue("pgbouncer").url(database(is_pooled=True))
                return url

            yield Place(folder, cache(database), cache(pooled))

    return make


@pytest.fixture
def place(tmp_path: Path, places: Places) -> Iterator[Place]:
    """An empty place."""
    with places(tmp_path) as place:
        yield place


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
