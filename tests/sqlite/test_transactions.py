"""Submitting and completing in the application's own transaction on the database file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from foliot import App, Conflict, Context, InvalidRequest, RetryPolicy, RunState, Settings, chain


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "foliot.db"


@pytest.fixture
def app(file: Path) -> App:
    return App(settings=Settings(database_url=f"sqlite:///{file}", log_level="error"))


@pytest.fixture
def effects(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of the application's own, with a table of its own."""
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        connection.execute("create table effects (what text not null)")
        connection.commit()
        yield connection


def _count(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("select count(*) from effects").fetchone()[0]
    return count


async def test_what_is_committed_is_run_and_what_is_not_never_was(app: App, effects: sqlite3.Connection) -> None:
    @app.job()
    async def greet(name: str) -> str:
        return f"hello {name}"

    async with app:
        effects.execute("insert into effects values ('order')")
        lost = await app.submit(greet, "nobody", connection=effects)
        effects.rollback()
        effects.execute("insert into effects values ('order')")
        kept = await app.submit(greet, "ada", connection=effects)
        effects.commit()
        async with app.working():
            assert await kept.result(10) == "hello ada"
        system = await app.system()
        assert await system.store.job(system.identity.tenant_id, lost.job_id) is None
        assert _count(effects) == 1


async def test_the_effect_and_the_completion_are_one(app: App, file: Path, effects: sqlite3.Connection) -> None:
    @app.job(retry=3)
    def charge(ctx: Context, amount: int) -> int:
        with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
            connection.execute("insert into effects values ('charged')")
            charged = ctx.complete_in_blocking(connection, amount)
            if ctx.attempt == 1:
                raise ConnectionResetError
            return charged

    async with app, app.working():
        handle = await app.submit(charge, 7)
        assert await handle.result(20) == 7
        run = await handle.run()
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)
    assert _count(effects) == 1


async def test_those_that_wait_for_the_run_are_freed_in_the_same_transaction(
    app: App, file: Path, effects: sqlite3.Connection
) -> None:
    @app.job(retry=RetryPolicy(max_attempts=2, base_seconds=0))
    def charge(ctx: Context) -> str:
        with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
            connection.execute("insert into effects values ('charged')")
            charged = ctx.complete_in_blocking(connection, "charged")
            if ctx.attempt == 1:
                raise ConnectionResetError
            return charged

    @app.job()
    async def thank(ctx: Context) -> list[str]:
        return [parent.result for parent in ctx.parents]

    async with app, app.working():
        handles = await app.submit_graph(chain(charge.call(), thank.call()))
        assert await handles[-1].result(20) == ["charged"]
    assert _count(effects) == 1


async def test_in_a_coroutine_too(app: App, file: Path, effects: sqlite3.Connection) -> None:
    @app.job()
    async def charge(ctx: Context) -> str:
        with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
            connection.execute("insert into effects values ('charged')")
            return await ctx.complete_in(connection, "done")

    async with app, app.working():
        assert await (await app.submit(charge)).result(10) == "done"
    assert _count(effects) == 1


async def test_other_connections_are_refused(app: App, file: Path, effects: sqlite3.Connection) -> None:
    @app.job()
    async def greet() -> None: ...

    async with app:
        with pytest.raises(InvalidRequest, match=r"builtins\.object"):
            await app.submit(greet, connection=object())
        with (
            closing(sqlite3.connect(file, isolation_level=None)) as connection,
            pytest.raises(Conflict, match="begin immediate"),
        ):
            await app.submit(greet, connection=connection)
