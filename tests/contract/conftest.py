"""One fixture runs every contract test on every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foliot.ports import Store
from tests.contract.stores import SHARED_STORES, STORES, Kind


@pytest.fixture(params=STORES, ids=str)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    kind: Kind = request.param
    opened = await kind.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture(params=SHARED_STORES, ids=str)
async def two_stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on the same, empty database, as two processes have them."""
    kind: Kind = request.param
    one, other = await kind.open(tmp_path), await kind.open(tmp_path)
    yield one, other
    await one.close()
    await other.close()
