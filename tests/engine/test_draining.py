"""Stopping a worker finishes or hands back what it has in hand, and burns no attempt."""

import asyncio
import time
from pathlib import Path

import pytest

from foliot import App, Handle, RunState
from foliot.domain.states import EventType, follow
from foliot.engine.handler import Execution
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import PATIENCE, Fault, app_in, away, until_state, until_there

everywhere = pytest.mark.parametrize("execution", EXECUTIONS)


async def _was_handed_back(handle: Handle[None]) -> None:
    run = await handle.run()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)
    kinds = [event.type for event in await handle.events()]
    assert kinds[-1] is EventType.RUN_HANDED_BACK
    assert follow(kinds) == {RunState.QUEUED}


async def test_what_runs_may_finish_within_the_grace_period(app: App) -> None:
    @app.job()
    async def rest() -> str:
        await asyncio.sleep(0.3)
        return "rested"

    async with app:
        async with app.working():
            handle = await app.submit(rest)
            await until_state(handle, RunState.RUNNING)
        assert await handle.status() is RunState.SUCCEEDED
        assert await handle.result() == "rested"


@everywhere
async def test_what_does_not_finish_in_time_is_handed_back(execution: Execution, tmp_path: Path) -> None:
    app = app_in(tmp_path, grace_seconds=0.1)
    last = declare(app, "last", execution)
    async with app:
        async with app.working():
            handle = await app.submit(last, str(tmp_path / "pid"))
            await until_there(tmp_path / "pid")
        await _was_handed_back(handle)


async def test_what_was_handed_back_runs_elsewhere_as_the_same_attempt(tmp_path: Path) -> None:
    app = app_in(tmp_path, grace_seconds=0)
    attempts = []
    is_first = True

    @app.job(retry=1)
    async def rest() -> None:
        attempts.append(1)
        if is_first:
            await asyncio.sleep(60)

    async with app:
        async with app.working():
            handle = await app.submit(rest)
            await until_state(handle, RunState.RUNNING)
        is_first = False
        async with app.working():
            await handle.result(PATIENCE)
        assert (await handle.run()).attempt == 1
        assert len(attempts) == 2


@pytest.mark.parametrize("execution", ["async", "thread"])
async def test_a_handler_that_heeds_nothing_does_not_hold_up_the_stop(execution: Execution, tmp_path: Path) -> None:
    app = app_in(tmp_path, grace_seconds=0)
    insist = declare(app, "insist", execution)
    async with app:
        async with app.working():
            handle = await app.submit(insist, str(tmp_path / "pid"), 2.5)
            await until_there(tmp_path / "pid")
            begun = time.monotonic()
        assert time.monotonic() - begun < 2.4
        await _was_handed_back(handle)
        await asyncio.sleep(0.1)


async def test_what_is_not_claimed_is_left_alone(tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency=2, grace_seconds=0.5)

    @app.job()
    async def rest() -> None:
        await asyncio.sleep(0.2)

    async with app:
        async with app.working():
            handles = await app.submit_many([rest.call() for _ in range(10)])
            await until_state(handles[0], RunState.RUNNING)
        states = [await handle.status() for handle in handles]
        assert states.count(RunState.RUNNING) == 0
        assert states.count(RunState.QUEUED) >= 6


async def test_a_claim_under_way_is_handed_back_too(tmp_path: Path) -> None:
    app = app_in(tmp_path, grace_seconds=0)

    @app.job()
    async def last() -> None:
        await asyncio.sleep(60)

    async with app:
        store = (await app.system()).store
        claim, is_claiming = store.claim, asyncio.Event()

        async def slowly(request):  # type: ignore[no-untyped-def]  # stands for store.claim
            is_claiming.set()
            claimed = await claim(request)
            await asyncio.sleep(0.3)
            return claimed

        store.claim = slowly  # type: ignore[method-assign]
        handle = await app.submit(last)
        async with app.working():
            await is_claiming.wait()
        await _was_handed_back(handle)


async def test_a_stop_before_the_first_claim_is_quick(app: App) -> None:
    begun = time.monotonic()
    async with app:
        async with app.working():
            pass
        assert time.monotonic() - begun < 5


async def test_hundreds_are_handed_back(tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency=500, grace_seconds=0)

    @app.job()
    async def last() -> None:
        await asyncio.sleep(60)

    async with app:
        async with app.working():
            handles = await app.submit_many([last.call() for _ in range(400)])
            for handle in handles:
                await until_state(handle, RunState.RUNNING)
        for handle in handles:
            await _was_handed_back(handle)


async def test_outcomes_that_the_store_does_not_take_do_not_hold_up_the_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.engine.supervisor._LAST_WRITES_SECONDS", 0.3)
    app = app_in(tmp_path, grace_seconds=0)

    @app.job()
    async def last() -> None:
        await asyncio.sleep(60)

    async with app:
        fault = Fault((await app.system()).store, ["finish"], away)
        begun = time.monotonic()
        async with app.working():
            handle = await app.submit(last)
            await until_state(handle, RunState.RUNNING)
            fault.is_on = True
        assert time.monotonic() - begun < PATIENCE / 2
        assert await handle.status() is RunState.RUNNING
