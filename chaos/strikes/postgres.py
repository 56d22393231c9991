"""What happens to PostgreSQL, and to the connections to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from chaos.stage import Stage
from servers.postgres import Postgres

_AWAY_SECONDS: Final = 2.0
_EXHAUSTED_SECONDS: Final = 4.0
_OPEN_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.02

_TERMINATE: Final = """
select count(pg_terminate_backend(pid)) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and abs(hashtext(pid::text || $1)::bigint) % 100 < $2
"""
_REFUSED: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _server(stage: Stage) -> Postgres:
    assert stage.site.postgres is not None
    return stage.site.postgres


async def restart_postgres(stage: Stage) -> None:
    """An immediate restart: it goes without a word, and recovers from its log."""
    server = _server(stage)
    with stage.fault("PostgreSQL is killed, and recovers"):
        await stage.site.on_servers(server.kill)
        await stage.last(_AWAY_SECONDS)
        await stage.site.on_servers(server.start)


async def kill_backends(stage: Stage) -> None:
    """Some of the connections are terminated, then others, then all, in quick succession."""
    with stage.fault("connections are terminated, three times"):
        for percent in (30, 60, 100):
            with contextlib.suppress(*_REFUSED):  # somebody else has terminated them all
                async with _connection(stage) as connection:
                    await connection.fetchval(_TERMINATE, str(stage.random.random()), percent)
            await asyncio.sleep(stage.random.uniform(0.02, 0.3))


async def exhaust_connections(stage: Stage) -> None:
    """Others take every connection that the server has left, and our own are cut meanwhile, so that we have none."""
    with stage.fault("the server has no connection left"):
        async with _connection(stage) as connection:
            hogs: list[Any] = []
            try:
                async with asyncio.timeout(_EXHAUSTED_SECONDS * stage.scale):
                    cutting = asyncio.create_task(_cut(stage, connection))
                    try:
                        await _hog(stage, hogs)
                    finally:
                        cutting.cancel()
            except TimeoutError:
                pass
            finally:
                _terminate(hogs)


async def _cut(stage: Stage, connection: Any) -> None:
    while True:
        await asyncio.sleep(stage.random.uniform(0.2, 0.6))
        await connection.fetchval(_TERMINATE, str(stage.random.random()), 40)


async def _hog(stage: Stage, hogs: list[Any]) -> None:
    while True:
        with contextlib.suppress(*_REFUSED):
            hogs.append(await asyncpg.connect(stage.site.settings.database_url, timeout=_OPEN_SECONDS))
            continue
        await asyncio.sleep(_AGAIN_SECONDS)


def _terminate(connections: Iterable[Any]) -> None:
    for connection in connections:
        connection.terminate()


async def hold_a_transaction_open(stage: Stage) -> None:
    """Somebody looks at the runs in a transaction and forgets to end it: no dead row can be cleaned up."""
    with stage.fault("a transaction stays open all the time"):
        async with _connection(stage) as connection, connection.transaction(isolation="repeatable_read"):
            await connection.fetchval("select count(*) from live")
            await stage.last(15)


async def repeat_notifications(stage: Stage) -> None:
    """Every wake-up is heard twenty times more, and old ones are heard again."""
    said: list[str] = []
    with stage.fault("wake-ups are repeated, and old ones come again"):
        async with _connection(stage) as listener, _connection(stage) as speaker:
            await listener.add_listener("foliot", lambda *heard: said.append(heard[3]))
            async with asyncio.TaskGroup() as group:
                echo = group.create_task(_echo(stage, speaker, said))
                await stage.last(10)
                echo.cancel()


async def _echo(stage: Stage, speaker: Any, said: list[str]) -> None:
    while True:
        await asyncio.sleep(0.05)
        again = [*said[-10:], *stage.random.sample(said, min(10, len(said)))] * 2
        await speaker.execute("select pg_notify('foliot', what) from unnest($1::text[]) as what", again)


@asynccontextmanager
async def _connection(stage: Stage) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(stage.site.settings.database_url, timeout=_OPEN_SECONDS)
    try:
        yield connection
    finally:
        connection.terminate()
