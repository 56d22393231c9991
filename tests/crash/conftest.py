"""A folder for a database and the processes on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.processes import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A place; what still runs there in the end is killed, and the file is sound."""
    made = Site(tmp_path)
    yield made
    await made.clear()
    assert made.is_sound()


@pytest.fixture
async def fleet_site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    """The same on PostgreSQL."""
    made = Site(tmp_path, database_url)
    yield made
    await made.clear()
