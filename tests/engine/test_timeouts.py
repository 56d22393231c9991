"""Timeouts hold on the loop, in threads and in processes, and what does not heed them keeps its slot."""

import asyncio
import time
from pathlib import Path

import pytest

from foliot import App, Context, Run, RunState
from foliot.domain.run import Cause
from foliot.engine.handler import Execution
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import AT_ONCE, ONCE, PATIENCE, app_in, until, until_gone, until_state, until_there

everywhere = pytest.mark.parametrize("execution", EXECUTIONS)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that do not heed a stop are given up soon."""
    monkeypatch.setattr("foliot.engine.worker._STOP_GRACE_SECONDS", 0.2)


def _took(run: Run) -> float:
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds()


@everywhere
async def test_a_handler_is_stopped_when_its_time_is_up(app: App, execution: Execution, tmp_path: Path) -> None:
    last = declare(app, "last", execution, timeout=0.4, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(last, str(tmp_path / "pid"))
        run = await until(handle.run, lambda run: run.state.is_over)
    assert run.error is not None
    assert (run.state, run.cause, run.error.code) == (RunState.FAILED, Cause.TIMED_OUT, "timed_out")
    assert 0.4 <= _took(run) < 5


async def test_a_process_that_is_out_of_time_is_killed(app: App, tmp_path: Path) -> None:
    insist = declare(app, "insist", "process", timeout=5.0, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 60)
        pid = int(await until_there(tmp_path / "pid"))
        await until_state(handle, RunState.FAILED)
        await until_gone(pid)


async def test_a_timeout_is_retried_like_an_error(app: App) -> None:
    @app.job(timeout=0.05, retry=AT_ONCE)
    async def settle_down(ctx: Context) -> int:
        if ctx.attempt < 3:
            await asyncio.sleep(60)
        return ctx.attempt

    async with app, app.working():
        assert await (await app.submit(settle_down)).result(PATIENCE) == 3


@pytest.mark.usefixtures("impatient")
async def test_a_coroutine_that_swallows_its_cancellation_has_its_outcome_in_time(app: App, tmp_path: Path) -> None:
    insist = declare(app, "insist", "async", timeout=0.1, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 1.5)
        run = await until(handle.run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.FAILED, Cause.TIMED_OUT)
        assert _took(run) < 1.4


async def test_a_thread_that_heeds_nothing_has_its_outcome_in_time(app: App, tmp_path: Path) -> None:
    insist = declare(app, "insist", "thread", timeout=0.1, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 1.5)
        run = await until(handle.run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.FAILED, Cause.TIMED_OUT)
        assert _took(run) < 1.4


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("execution", ["async", "thread"])
async def test_the_slot_stays_taken_until_the_handler_has_really_ended(execution: Execution, tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency=1)
    insist = declare(app, "insist", execution, timeout=0.1, retry=ONCE)

    @app.job()
    async def tell_time() -> float:
        return time.monotonic()

    async with app, app.working():
        begun = time.monotonic()
        stuck = await app.submit(insist, str(tmp_path / "pid"), 1.0)
        await until_state(stuck, RunState.FAILED)
        following = await app.submit(tell_time)
        assert await following.result(PATIENCE) - begun >= 1.0


async def test_a_late_result_of_a_thread_is_not_listened_to(app: App, tmp_path: Path) -> None:
    insist = declare(app, "insist", "thread", timeout=0.1, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 0.4)
        await until_state(handle, RunState.FAILED)
        before = await handle.events()
        await asyncio.sleep(0.5)
        assert await handle.events() == before


async def test_a_result_that_is_there_as_the_time_is_up_is_no_result(app: App) -> None:
    @app.job(timeout=0.05, retry=ONCE)
    async def defy() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "but I have one"
        return ""

    async with app, app.working():
        run = await until((await app.submit(defy)).run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.FAILED, Cause.TIMED_OUT)


async def test_the_shortest_timeouts_leave_no_run_behind(app: App) -> None:
    @app.job(timeout=1e-9, retry=ONCE)
    async def rest() -> None:
        await asyncio.sleep(60)

    async with app, app.working():
        handles = await app.submit_many([rest.call() for _ in range(100)])
        for handle in handles:
            run = await until(handle.run, lambda run: run.state.is_over)
            assert run.cause is Cause.TIMED_OUT


async def test_waiting_for_a_process_is_not_on_the_handlers_time(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    listen = declare(app, "listen", "process", timeout=1.5, retry=ONCE)
    async with app, app.working():
        handles = await app.submit_many([listen.call(0.25) for _ in range(8)])
        for handle in handles:
            await handle.result(PATIENCE)
