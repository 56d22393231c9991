"""An application, and stores, on a PostgreSQL database of their own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from foliot import App, Settings
from foliot.adapters.postgres import PostgresStore
from tests.contract.builders import NOW
from tests.contract.stores import PIECE


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[App]:
    """An app that nobody has opened yet; its database has a table `effects`."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("create table effects (what text not null)")
    await connection.close()
    made = App(settings=Settings(database_url=database_url, log_level="error", lease_seconds=1.0))
    yield made
    await made.close()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[PostgresStore]:
    """A store on an empty database."""
    made = PostgresStore(database_url, piece=PIECE)
    await made.migrate(NOW)
    yield made
    await made.close()


@pytest.fixture
async def other_store(store: PostgresStore, database_url: str) -> AsyncIterator[PostgresStore]:
    """Another on the same database, as another process has it."""
    made = PostgresStore(database_url, piece=PIECE)
    yield made
    await made.close()
