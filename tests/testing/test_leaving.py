"""A world leaves nothing behind."""

import asyncio
import gc
import threading
from datetime import timedelta

import pytest

from foliot import Conflict, RunState
from foliot.testing import World, fixture, in_virtual_time, virtual_time
from tests.engine.house import is_alive
from tests.testing.jobs import app, double, labour, sleep, tick


def _threads() -> set[str]:
    """Idle handler threads go away by themselves after a while."""
    return {thread.name for thread in threading.enumerate() if thread.name != "foliot-handler"}


def test_no_thread_task_or_process_is_left() -> None:
    before = _threads()
    tasks: set[asyncio.Task[object]] = set()
    with virtual_time(app) as world:

        async def live() -> None:
            await app.submit(tick.options(every=60))
            await app.submit(labour, 0.0)
            await app.submit(sleep, 10_000)
            await asyncio.to_thread(threading.get_ident)
            await world.clock.advance(hours=1)
            tasks.update(asyncio.all_tasks())

        world.run(live())
    assert len(tasks) > 5
    assert all(task.done() for task in tasks)
    assert _threads() == before
    assert app.loop is None
    gc.collect()


def test_what_still_sleeps_at_the_end_holds_nothing_up() -> None:
    ended = []
    with virtual_time() as world:

        @world.app.job()
        async def stubborn() -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await asyncio.sleep(5)
                ended.append(world.clock.now())

        async def live() -> None:
            await world.app.submit(stubborn)
            await world.drained()

        world.run(live())
        left_at = world.clock.now()
    assert ended in ([], [left_at + timedelta(seconds=5)])


def test_an_app_is_as_before_afterwards() -> None:
    opener = app._open
    with virtual_time(app) as world:
        assert world.app is app
        assert app._open is not opener
    assert app._open == opener


def test_an_app_is_in_one_world_at_a_time() -> None:
    with virtual_time(app), pytest.raises(Conflict, match="close it first"), virtual_time(app):
        pass


def test_worlds_know_nothing_of_one_another() -> None:
    for _ in range(2):
        with virtual_time(app) as world:
            world.run(app.submit(double, 1))
            assert len(world.run(world.runs())) == 1


@in_virtual_time(app)
async def test_a_test_may_open_and_close_the_app_as_programs_do(world: World) -> None:
    async with app, app.working():
        handle = await app.submit(tick)
        await handle.result()
    assert await world.runs() == []  # what was in memory is gone with the app


def test_an_error_in_a_test_is_its_own() -> None:
    with virtual_time(app) as world, pytest.raises(ZeroDivisionError):
        world.run(_fail(world))


async def _fail(world: World) -> None:
    await app.submit(tick.options(every=60))
    await world.clock.advance(hours=1)
    raise ZeroDivisionError


world = fixture(app)


def test_a_world_is_a_fixture(world: World) -> None:
    world.run(app.submit(double.options(delay=60), 2))
    world.run(world.clock.advance(minutes=1))
    assert [run.state for run in world.run(world.runs(double))] == [RunState.SUCCEEDED]


@pytest.mark.parametrize("number", [1, 2])
@in_virtual_time(app)
async def test_fixtures_and_parameters_reach_a_test_in_virtual_time(
    world: World, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBER", str(number))
    assert await (await app.submit(double, number)).result() == 2 * number


def test_children_are_gone() -> None:
    pids: list[int] = []
    with virtual_time(app) as world:

        async def live() -> None:
            await app.submit(labour, 0.0)
            await world.drained()
            system = await app.system()
            pids.extend(child.pid for worker in system._workers for child in worker._processes._idle)

        world.run(live())
    assert pids
    assert not any(map(is_alive, pids))
