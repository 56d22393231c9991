"""Completing in the handler's own transaction: its effect and its completion are committed together, or neither is."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import psycopg
import pytest

from foliot import App, Conflict, Context, Handle, LeaseLost, RetryPolicy, RunFailed, RunState, chain
from foliot.domain.states import EventType, follow
from tests.postgres.application import charging

PATIENCE = 20.0
ROOT = Path(__file__).parents[2]


async def _effects(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch("select what from effects order by what")]
    finally:
        await connection.close()


async def test_the_effect_and_the_completion_are_one(app: App, database_url: str) -> None:
    @app.job()
    async def charge(ctx: Context, amount: int) -> dict[str, int]:
        connection = await asyncpg.connect(database_url)
        async with connection.transaction():
            await connection.execute("insert into effects values ($1)", f"charged {amount}")
            receipt = await ctx.complete_in(connection, {"charged": amount})
        await connection.close()
        return receipt

    async with app.working():
        handle = await app.submit(charge, 7)
        assert await handle.result(PATIENCE) == {"charged": 7}
        events = [event.type for event in await handle.events()]
    assert follow(events) == {RunState.SUCCEEDED}
    assert await _effects(database_url) == ["charged 7"]


async def test_those_that_wait_for_the_run_are_freed_in_the_same_transaction(app: App, database_url: str) -> None:
    @app.job(retry=2)
    async def charge(ctx: Context) -> str:
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction():
                charged = await ctx.complete_in(connection, "charged")
                if ctx.attempt == 1:
                    raise ConnectionResetError
            return charged
        finally:
            await connection.close()

    @app.job()
    async def thank(ctx: Context) -> list[tuple[str, int]]:
        return [(parent.result, ctx.attempt) for parent in ctx.parents]

    async with app.working():
        retried_soon = charge.options(retry=RetryPolicy(max_attempts=2, base_seconds=0))
        handles = await app.submit_graph(chain(retried_soon.call(), thank.call()))
        assert await handles[-1].result(PATIENCE) == [("charged", 1)]
        kinds = [event.type for event in await handles[-1].events()]
        assert kinds.count(EventType.RUN_UNBLOCKED) == 1


async def test_psycopg_in_a_coroutine(app: App, database_url: str) -> None:
    @app.job()
    async def charge(ctx: Context) -> str:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            await connection.execute("insert into effects values ('charged')")
            return await ctx.complete_in(connection, "done")

    async with app.working():
        assert await (await app.submit(charge)).result(PATIENCE) == "done"
    assert await _effects(database_url) == ["charged"]


async def test_psycopg_in_a_plain_function(app: App, database_url: str) -> None:
    @app.job()
    def charge(ctx: Context) -> str:
        with psycopg.connect(database_url) as connection:
            connection.execute("insert into effects values ('charged')")
            return ctx.complete_in_blocking(connection, "done")

    async with app.working():
        assert await (await app.submit(charge)).result(PATIENCE) == "done"
    assert await _effects(database_url) == ["charged"]


async def test_an_error_after_the_completion_undoes_both(app: App, database_url: str) -> None:
    @app.job(retry=1)
    async def charge(ctx: Context) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction():
                await connection.execute("insert into effects values ('charged')")
                await ctx.complete_in(connection, None)
                raise ZeroDivisionError
        finally:
            await connection.close()

    async with app.working():
        handle = await app.submit(charge)
        await _over(handle)
        run = await handle.run()
    assert (run.state, run.error and run.error.type) == (RunState.FAILED, "builtins.ZeroDivisionError")
    assert await _effects(database_url) == []


async def test_an_error_after_the_commit_changes_nothing(app: App, database_url: str) -> None:
    @app.job()
    async def charge(ctx: Context) -> int:
        connection = await asyncpg.connect(database_url)
        async with connection.transaction():
            await connection.execute("insert into effects values ('charged')")
            await ctx.complete_in(connection, 1)
        await connection.close()
        raise ZeroDivisionError

    async with app.working():
        assert await (await app.submit(charge)).result(PATIENCE) == 1
    assert await _effects(database_url) == ["charged"]


async def test_a_transaction_that_was_not_committed_is_a_failure_that_says_so(app: App, database_url: str) -> None:
    @app.job(retry=1)
    async def charge(ctx: Context) -> None:
        connection = await asyncpg.connect(database_url)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("insert into effects values ('charged')")
        await ctx.complete_in(connection, None)
        await transaction.rollback()
        await connection.close()

    async with app.working():
        handle = await app.submit(charge)
        await _over(handle)
        run = await handle.run()
    assert run.error is not None
    assert (run.state, run.error.code) == (RunState.FAILED, "not_committed")
    assert await _effects(database_url) == []


async def test_who_lost_the_lease_can_neither_complete_nor_charge(app: App, database_url: str) -> None:
    told: list[str] = []

    @app.job()
    async def charge(ctx: Context) -> str:
        if ctx.attempt == 1:
            await _take_away(app, ctx)
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction():
                await connection.execute("insert into effects values ($1)", f"attempt {ctx.attempt}")
                await ctx.complete_in(connection, "done")
        except LeaseLost:
            told.append("lost")
            raise
        finally:
            await connection.close()
        return "not looked at"

    async with app.working():
        handle = await app.submit(charge)
        assert await handle.result(PATIENCE) == "done"
    assert await _effects(database_url) == ["attempt 2"]
    assert told in (["lost"], [])  # its worker may have stopped it before


async def _take_away(app: App, ctx: Context) -> None:
    """As a reaper does when the lease has run out."""
    connection = await asyncpg.connect(app.settings.database_url)
    await connection.execute(
        "update live set state = 'queued', queued_at = now(), worker = null, lease_until = null where id = $1",
        ctx.run_id,
    )
    await connection.close()


async def test_without_a_transaction_there_is_no_completion(app: App, database_url: str) -> None:
    @app.job(retry=1)
    async def charge(ctx: Context) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await ctx.complete_in(connection, None)
        finally:
            await connection.close()

    async with app.working():
        handle = await app.submit(charge)
        await _over(handle)
        run = await handle.run()
    assert run.error is not None
    assert run.error.type.endswith(Conflict.__name__)


async def _over(handle: Handle[None]) -> None:
    with pytest.raises(RunFailed):
        await handle.result(PATIENCE)


# -- with a crash at each point between


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
@pytest.mark.parametrize(
    ("dies", "attempts"),
    [("before the effect", 2), ("before the completion", 2), ("before the commit", 2), ("after the commit", 1)],
)
async def test_a_crash_at_any_point_leaves_the_effect_once(
    app: App, database_url: str, tmp_path: Path, driver: str, dies: str, attempts: int
) -> None:
    died = tmp_path / "died"
    arguments = [sys.executable, "-m", "tests.postgres.application", database_url, driver, dies, str(died)]
    workers = [await asyncio.create_subprocess_exec(*arguments, cwd=ROOT) for _ in range(2)]
    try:
        job = charging(app, database_url, driver)
        handle = await app.submit(job)
        assert await handle.result(PATIENCE) == "done"
        events = [event.type for event in await handle.events()]
        assert follow(events) == {RunState.SUCCEEDED}
        assert (await handle.run()).attempt == attempts
        assert await _effects(database_url) == ["charged"]
        assert died.exists()
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
