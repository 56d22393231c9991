"""Submitting in the application's own transaction: what is committed exists, what is not never did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import psycopg
import pytest

from foliot import App, Conflict, InvalidPayload, InvalidRequest, KeyConflict, RunState, Unique
from foliot.sdk.job import JobFunction

Greet = JobFunction[[str], str]
Opening = Callable[[str], AbstractAsyncContextManager[tuple[Any, Callable[[], Awaitable[None]]]]]


@asynccontextmanager
async def _asyncpg(url: str) -> AsyncIterator[tuple[Any, Callable[[], Awaitable[None]]]]:
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection, transaction.commit
    finally:
        await connection.close()


@asynccontextmanager
async def _asyncpg_pooled(url: str) -> AsyncIterator[tuple[Any, Callable[[], Awaitable[None]]]]:
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection, transaction.commit


@asynccontextmanager
async def _psycopg(url: str) -> AsyncIterator[tuple[Any, Callable[[], Awaitable[None]]]]:
    connection = await psycopg.AsyncConnection.connect(url)
    try:
        yield connection, connection.commit
    finally:
        await connection.close()


@asynccontextmanager
async def _psycopg_that_blocks(url: str) -> AsyncIterator[tuple[Any, Callable[[], Awaitable[None]]]]:
    with psycopg.connect(url) as connection:

        async def commit() -> None:
            connection.commit()

        try:
            yield connection, commit
        finally:
            connection.rollback()


@pytest.fixture(params=[_asyncpg, _asyncpg_pooled, _psycopg, _psycopg_that_blocks], ids=lambda kind: kind.__name__[1:])
def opening(request: pytest.FixtureRequest) -> Opening:
    """A kind of connection, with a transaction that is open, and how to commit it."""
    kind: Opening = request.param
    return kind


@pytest.fixture
def greet(app: App) -> Greet:
    @app.job()
    async def greet(name: str) -> str:
        return f"hello {name}"

    return greet


async def test_what_is_committed_is_run(app: App, greet: Greet, database_url: str, opening: Opening) -> None:
    async with opening(database_url) as (connection, commit):
        handle = await app.submit(greet, "ada", connection=connection)
        await commit()
    async with app.working():
        assert await handle.result(10) == "hello ada"


async def test_what_is_rolled_back_never_was(app: App, greet: Greet, database_url: str, opening: Opening) -> None:
    async with opening(database_url) as (connection, _):
        handle = await app.submit(greet, "ada", connection=connection)
    system = await app.system()
    assert await system.store.job(system.identity.tenant_id, handle.job_id) is None


async def test_nobody_sees_it_before_the_commit(app: App, greet: Greet, database_url: str, opening: Opening) -> None:
    async with opening(database_url) as (connection, commit), app.working():
        handle = await app.submit(greet, "ada", connection=connection)
        await asyncio.sleep(0.2)
        system = await app.system()
        assert await system.store.run(system.identity.tenant_id, handle.job_id) is None
        await commit()
        begun = asyncio.get_running_loop().time()
        await handle.result(10)
        assert asyncio.get_running_loop().time() - begun < 5, "the worker hears of the commit"


async def test_it_is_stored_with_what_else_the_transaction_writes(app: App, greet: Greet, database_url: str) -> None:
    async with _asyncpg(database_url) as (connection, commit):
        await connection.execute("insert into effects values ('order')")
        handle = await app.submit(greet.options(delay=3600), "ada", connection=connection)
        await commit()
    assert (await handle.run()).state is RunState.PENDING


async def test_a_key_is_taken_only_by_a_commit(app: App, greet: Greet, database_url: str, opening: Opening) -> None:
    async with opening(database_url) as (connection, _):
        lost = await app.submit(greet.options(key="once"), "ada", connection=connection)
    async with opening(database_url) as (connection, commit):
        kept = await app.submit(greet.options(key="once"), "ada", connection=connection)
        again = await app.submit(greet.options(key="once"), "ada", connection=connection)
        with pytest.raises(KeyConflict):
            await app.submit(greet.options(key="once"), "eve", connection=connection)
        await commit()
    assert lost.job_id != kept.job_id == again.job_id
    assert (kept.created, again.created) == (True, False)


async def test_many_at_once(app: App, greet: Greet, database_url: str, opening: Opening) -> None:
    @app.job()
    async def add(a: int, b: int) -> int:
        return a + b

    async with opening(database_url) as (connection, commit):
        calls = [add.options(delay=0.05 * (n % 2)).call(n, 1) for n in range(100)]
        handles = await app.submit_many(calls, connection=connection)
        await commit()
    async with app.working():
        assert [await handle.result(10) for handle in handles] == [n + 1 for n in range(100)]


async def test_without_a_transaction_nothing_is_stored(app: App, greet: Greet, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    with pytest.raises(Conflict, match="No transaction is open"):
        await app.submit(greet, "ada", connection=connection)
    await connection.close()
    waiting = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    with pytest.raises(Conflict, match="No transaction is open"):
        await app.submit(greet, "ada", connection=waiting)
    await waiting.close()


async def test_what_is_no_connection_is_refused(app: App, greet: Greet) -> None:
    with pytest.raises(InvalidRequest, match=r"builtins\.str"):
        await app.submit(greet, "ada", connection="postgresql://somewhere")


async def test_a_bad_payload_leaves_the_transaction_usable(app: App, greet: Greet, database_url: str) -> None:
    async with _asyncpg(database_url) as (connection, commit):
        with pytest.raises(InvalidPayload):
            await app.submit(greet, 1, connection=connection)
        await connection.execute("insert into effects values ('still here')")
        await commit()


async def test_what_is_unique_or_debounced_is_so_only_if_it_is_committed(
    app: App, greet: Greet, database_url: str, opening: Opening
) -> None:
    once, quiet = greet.options(unique=Unique()), greet.options(key="k", debounce=60, expires_in=3600)
    async with app:
        async with opening(database_url) as (connection, _):
            gone = [await app.submit(each, "Ada", connection=connection) for each in (once, quiet)]
        first = [await app.submit(each, "Ada") for each in (once, quiet)]
        assert all(handle.created for handle in (*gone, *first))
        async with opening(database_url) as (connection, commit):
            again = [await app.submit(each, "Ada", connection=connection) for each in (once, quiet)]
            await commit()
        assert [(handle.job_id, handle.created, handle.updated) for handle in again] == [
            (first[0].job_id, False, False), (first[1].job_id, False, True)
        ]  # fmt: skip
