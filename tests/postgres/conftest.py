"""An application on a PostgreSQL database of its own, with a table of its own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from foliot import App, Settings


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[App]:
    """An app that nobody has opened yet; its database has a table `effects`."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("create table effects (what text not null)")
    await connection.close()
    made = App(settings=Settings(database_url=database_url, log_level="error", lease_seconds=1.0))
    yield made
    await made.close()
