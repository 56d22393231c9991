"""What a task that a handler started does to itself does not reach the worker."""

import asyncio
import sys

import pytest

from foliot import App, RunFailed, RunState
from tests.engine.house import PATIENCE


async def test_an_exit_in_a_task_of_a_handler_is_the_outcome_of_its_run(app: App) -> None:
    @app.job(retry=1)
    async def leave() -> None:
        async def go() -> None:
            await asyncio.sleep(0)
            sys.exit(3)

        await asyncio.create_task(go())

    @app.job()
    async def stay() -> int:
        return 1

    async with app, app.working():
        left = await app.submit(leave)
        with pytest.raises(RunFailed, match="SystemExit: 3"):
            await left.result(PATIENCE)
        assert await (await app.submit(stay)).result(PATIENCE) == 1


async def test_tasks_of_a_handler_that_never_start_leave_no_trace(app: App) -> None:
    @app.job()
    async def hesitate() -> str:
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return "cancelled"
        return "slept"

    async with app, app.working():
        handle = await app.submit(hesitate)
        assert await handle.result(PATIENCE) == "cancelled"
        assert await handle.status() is RunState.SUCCEEDED


async def test_the_loop_has_its_own_task_factory_again_when_the_worker_has_stopped(app: App) -> None:
    before = asyncio.get_running_loop().get_task_factory()
    async with app, app.working():
        await asyncio.sleep(0)
    assert asyncio.get_running_loop().get_task_factory() is before
