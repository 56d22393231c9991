"""A PgBouncer of our own."""

import asyncio

import asyncpg

from servers.pgbouncer import PgBouncer

_CLIENTS = 12


async def test_many_clients_share_a_few_connections(database_url: str, pgbouncer: PgBouncer) -> None:
    clients = [await _connect(pgbouncer.url(database_url)) for _ in range(_CLIENTS)]
    backends = await asyncio.gather(
        *(client.fetchval("select pg_backend_pid() from pg_sleep(0.05)") for client in clients)
    )
    assert 1 < len(set(backends)) <= 4
    for client in clients:
        await client.close()


async def test_a_transaction_keeps_its_connection(database_url: str, pgbouncer: PgBouncer) -> None:
    one, other = [await _connect(pgbouncer.url(database_url)) for _ in range(2)]
    async with one.transaction():
        first = await one.fetchval("select pg_backend_pid()")
        assert await other.fetchval("select pg_backend_pid()") != first
        assert await one.fetchval("select pg_backend_pid()") == first
    await one.close()
    await other.close()


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url, statement_cache_size=0)
