"""A PostgreSQL of our own."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from servers.account import memory, scratch
from servers.postgres import Postgres
from servers.server import ServerError
from tests.engine.house import until_gone


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that a test may stop; it syncs, as the shared one does not."""
    with scratch(memory()) as folder, Postgres(folder) as server:
        yield server


async def test_each_test_has_an_empty_database_of_its_own(database_url: str, postgres: Postgres) -> None:
    other = postgres.database()
    assert await _ask(database_url, "select count(*) from pg_tables where schemaname = 'public'") == 0
    assert await _ask(database_url, "select current_database()") != await _ask(other, "select current_database()")
    postgres.drop(other)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await _ask(other, "select 1")


async def test_a_database_is_dropped_though_somebody_is_connected(postgres: Postgres) -> None:
    url = postgres.database()
    connection = await asyncpg.connect(url)
    postgres.drop(url)
    with pytest.raises((asyncpg.AdminShutdownError, asyncpg.ConnectionDoesNotExistError, OSError)):
        await connection.execute("select 1")


@pytest.mark.parametrize("immediate", [False, True])
async def test_what_is_committed_outlives_a_restart(own_postgres: Postgres, immediate: bool) -> None:
    url = own_postgres.database("kept")
    await _ask(url, "create table notes (text text)")
    await _ask(url, "insert into notes values ('committed')")
    own_postgres.restart(immediate=immediate)
    assert await _ask(url, "select text from notes") == "committed"


async def test_it_is_durable_unless_told_otherwise(own_postgres: Postgres, postgres: Postgres) -> None:
    for server, fsync in ((own_postgres, "on"), (postgres, "off")):
        assert await _ask(server.url("postgres"), "show fsync") == fsync
        assert await _ask(server.url("postgres"), "show synchronous_commit") == "on"


async def test_stopping_leaves_no_process(own_postgres: Postgres) -> None:
    pid = own_postgres.pid
    connection = await asyncpg.connect(own_postgres.url("postgres"))
    backend = await connection.fetchval("select pg_backend_pid()")
    own_postgres.stop()
    for left in (pid, backend):
        await until_gone(left)
    connection.terminate()


async def test_a_paused_one_answers_when_it_is_resumed(own_postgres: Postgres) -> None:
    connection = await asyncpg.connect(own_postgres.url("postgres"))
    own_postgres.pause()
    answer = asyncio.create_task(connection.fetchval("select 'here'"))
    assert not (await asyncio.wait([answer], timeout=0.2))[0]
    own_postgres.resume()
    assert await answer == "here"
    await connection.close()


def test_one_that_does_not_start_says_why() -> None:
    with scratch() as folder, pytest.raises(ServerError, match='unrecognized configuration parameter "nonsense"'):
        Postgres(folder, {"nonsense": "1"}).start()


async def test_the_next_one_in_a_folder_has_its_data() -> None:
    with scratch() as folder:
        with Postgres(folder) as server:
            server.database("kept")
        with Postgres(folder) as server:
            assert await _ask(server.url("kept"), "select current_database()") == "kept"


async def _ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
