"""Cancelling what runs: on the loop, in a thread that looks, in one that does not, and in a process."""

import asyncio
import time
from pathlib import Path

import pytest

from foliot import App, Context, RetryLater, RunState
from foliot.domain.run import Cause
from foliot.engine.handler import Execution
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import PATIENCE, app_in, kinds, until, until_gone, until_state, until_there

everywhere = pytest.mark.parametrize("execution", EXECUTIONS)


@everywhere
async def test_a_running_handler_is_stopped(app: App, execution: Execution, tmp_path: Path) -> None:
    last = declare(app, "last", execution)
    async with app, app.working():
        handle = await app.submit(last, str(tmp_path / "pid"))
        await until_there(tmp_path / "pid")
        await handle.cancel()
        run = await until(handle.run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.CANCELLED, Cause.CANCELLED)
        assert (await kinds(handle))[-2:] == ["run.cancel_requested", "run.cancelled"]


async def test_the_process_of_a_cancelled_run_is_gone(app: App, tmp_path: Path) -> None:
    insist = declare(app, "insist", "process")
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 60)
        pid = int(await until_there(tmp_path / "pid"))
        await handle.cancel()
        await until_state(handle, RunState.CANCELLED)
        await until_gone(pid)


async def test_what_a_killed_process_had_started_is_gone_too(app: App, tmp_path: Path) -> None:
    breed = declare(app, "breed", "process")
    async with app, app.working():
        handle = await app.submit(breed, str(tmp_path / "pid"))
        pid = int(await until_there(tmp_path / "pid"))
        await handle.cancel()
        await until_state(handle, RunState.CANCELLED)
        await until_gone(pid)


@pytest.mark.parametrize("execution", ["async", "thread"])
async def test_a_handler_that_does_not_heed_it_is_given_up(
    app: App, execution: Execution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.engine.worker._STOP_GRACE_SECONDS", 0.2)
    insist = declare(app, "insist", execution)
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 2)
        await until_there(tmp_path / "pid")
        asked = time.monotonic()
        await handle.cancel()
        await until_state(handle, RunState.CANCELLED)
        assert time.monotonic() - asked < 1.9


async def test_a_handler_may_clean_up_first(app: App) -> None:
    cleaned = []

    @app.job()
    async def tidy(ctx: Context) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            ctx.log("cleaned")
            cleaned.append(ctx.cancelled)

    async with app, app.working():
        handle = await app.submit(tidy)
        await until_state(handle, RunState.RUNNING)
        await handle.cancel()
        await until_state(handle, RunState.CANCELLED)
        assert cleaned == [True]
        assert "run.logged" in await kinds(handle)


async def test_a_cancelled_run_is_not_tried_again(app: App, tmp_path: Path) -> None:
    tries = []

    @app.job(retry=5)
    async def fall() -> None:
        tries.append(1)
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("on the way out")

    async with app, app.working():
        handle = await app.submit(fall)
        await until_state(handle, RunState.RUNNING)
        await handle.cancel()
        await until_state(handle, RunState.CANCELLED)
    assert len(tries) == 1


async def test_a_run_that_waits_for_its_retry_is_cancelled_at_once(app: App) -> None:
    @app.job()
    async def fall() -> None:
        raise RetryLater(after_seconds=60)

    async with app, app.working():
        handle = await app.submit(fall)
        await until_state(handle, RunState.RETRYING)
        await handle.cancel()
        assert await handle.status() is RunState.CANCELLED


async def test_another_process_may_cancel(app: App, tmp_path: Path) -> None:
    last = declare(app, "last", "async")
    async with app, app.working(), app_in(tmp_path) as other:
        handle = await app.submit(last, str(tmp_path / "pid"))
        await until_there(tmp_path / "pid")
        await (await other.handle(handle.run_id or "")).cancel()
        await until_state(handle, RunState.CANCELLED)


async def test_a_run_that_waits_for_a_process_is_cancelled(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    last = declare(app, "last", "process")
    async with app, app.working():
        first = await app.submit(last, str(tmp_path / "first"))
        await until_there(tmp_path / "first")
        second = await app.submit(last, str(tmp_path / "second"))
        await until_state(second, RunState.RUNNING)
        await second.cancel()
        await until_state(second, RunState.CANCELLED)
        assert not (tmp_path / "second").exists()
        await first.cancel()
        await until_state(first, RunState.CANCELLED)


async def test_the_worker_goes_on_after_many_cancels(app: App, tmp_path: Path) -> None:
    last = declare(app, "last", "thread")

    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app, app.working():
        handles = await app.submit_many([last.call(str(tmp_path / str(number))) for number in range(20)])
        for handle in handles:
            await until_state(handle, RunState.RUNNING)
        await asyncio.gather(*(handle.cancel() for handle in handles))
        for handle in handles:
            await until_state(handle, RunState.CANCELLED)
        assert await (await app.submit(double, 4)).result(PATIENCE) == 8
