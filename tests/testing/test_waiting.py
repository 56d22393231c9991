"""What takes time takes virtual time; what is at work elsewhere is waited for."""

import asyncio
from datetime import timedelta

import pytest

from foliot import RunCancelled, RunFailed, RunState
from foliot.testing import START, World, in_virtual_time
from tests.testing.jobs import app, ask_back, labour, oversleep, plod, recover, sleep


@in_virtual_time(app)
async def test_a_retry_waits_virtual_hours(world: World) -> None:
    handle = await app.submit(recover, attempts=4)
    await world.clock.advance(days=1)
    assert await handle.result() == 4
    begun = [event.at for event in await handle.events() if event.type == "run.started"]
    assert begun == [START + timedelta(hours=hours) for hours in (0, 1, 3, 7)]


@in_virtual_time(app)
async def test_a_handler_that_sleeps_beyond_its_timeout_is_ended_at_it(world: World) -> None:
    handle = await app.submit(oversleep)
    await world.clock.advance(minutes=59)
    assert await handle.status() is RunState.RUNNING
    await world.clock.advance(hours=3)
    with pytest.raises(RunFailed, match="3600 s"):
        await handle.result()
    assert (await handle.run()).finished_at == START + timedelta(hours=1)


@in_virtual_time(app)
async def test_a_lease_is_kept_for_days(world: World) -> None:
    handle = await app.submit(sleep.options(timeout=timedelta(days=7)), timedelta(days=6).total_seconds())
    await world.clock.advance(days=6)
    assert await handle.result() == "rested"
    assert (await handle.run()).attempt == 1


@in_virtual_time(app)
async def test_a_sleeping_handler_is_cancelled(world: World) -> None:
    handle = await app.submit(sleep, 300)
    await world.clock.advance(seconds=10)
    await handle.cancel()
    await world.drained()
    with pytest.raises(RunCancelled):
        await handle.result()
    assert (await handle.run()).finished_at == START + timedelta(seconds=10)


@in_virtual_time(app)
async def test_a_handler_in_a_thread_is_waited_for(world: World) -> None:
    handle = await app.submit(plod.options(delay=60), 0.2)
    await world.clock.advance(days=30)
    run = await handle.run()
    assert (run.state, run.finished_at) == (RunState.SUCCEEDED, START + timedelta(seconds=60))
    assert "foliot-handler" in await handle.result()


@in_virtual_time(app)
async def test_a_handler_in_a_child_process_is_waited_for(world: World) -> None:
    handles = [await app.submit(labour.options(delay=60 * number), 0.1) for number in range(1, 4)]
    await world.clock.advance(days=30)
    runs = [await handle.run() for handle in handles]
    assert [run.finished_at for run in runs] == [START + timedelta(minutes=number) for number in range(1, 4)]
    assert [await handle.result() for handle in handles] == ["laboured"] * 3


@in_virtual_time(app)
async def test_a_thread_may_wait_for_the_loop(world: World) -> None:
    handle = await app.submit(ask_back.options(delay=60), 4)
    await world.clock.advance(hours=1)
    assert await handle.result() == 9
    assert (await handle.run()).finished_at == START + timedelta(seconds=60)


@in_virtual_time()
async def test_time_stands_still_while_a_thread_of_the_test_is_at_work(world: World) -> None:
    import time

    sleeping = asyncio.create_task(asyncio.to_thread(time.sleep, 0.2))
    await world.clock.advance(days=1)
    assert sleeping.done()
