"""Time goes on when the test says so, and not otherwise."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from foliot import ResultTimeout, RunState
from foliot.domain.errors import InvalidTime
from foliot.testing import START, TimeStandsStill, World, in_virtual_time, virtual_time
from tests.testing.jobs import app, beget, double, sleep, tick


@in_virtual_time(app)
async def test_who_forgets_to_advance_sees_nothing_run(world: World) -> None:
    handle = await app.submit(tick.options(delay=1))
    time.sleep(0.05)
    await world.drained()
    assert await handle.status() is RunState.PENDING
    assert world.clock.now() == START


@in_virtual_time(app)
async def test_what_is_due_now_needs_no_time(world: World) -> None:
    handle = await app.submit(double, 4)
    assert await handle.result() == 8
    assert world.clock.now() == START


@in_virtual_time(app)
async def test_nothing_runs_early(world: World) -> None:
    handle = await app.submit(tick.options(delay=timedelta(hours=1)))
    await world.clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    assert await handle.status() is RunState.PENDING
    await world.clock.advance(timedelta(microseconds=1))
    assert await handle.status() is RunState.SUCCEEDED
    assert (await handle.run()).started_at == START + timedelta(hours=1)


@in_virtual_time(app)
async def test_a_thousand_odd_instants_are_met_exactly(world: World) -> None:
    delays = [0.001_7 * number**2 + number / 3 for number in range(1_000)]
    await app.submit_many([tick.options(delay=delay).call() for delay in delays])
    for _ in range(100):
        await world.clock.advance(seconds=world.random.uniform(0, 100))
        assert all(run.due_at <= world.clock.now() for run in await world.runs() if run.started_at is not None)
    await world.clock.advance(hours=1)
    assert {run.lateness for run in await world.runs()} == {timedelta(0)}


@in_virtual_time(app)
async def test_what_follows_at_the_same_instant_is_done_too(world: World) -> None:
    await app.submit(beget.options(delay=60), 20)
    await world.clock.advance(seconds=60)
    runs = await world.runs(beget)
    assert [run.state for run in runs] == [RunState.SUCCEEDED] * 21
    assert {run.started_at for run in runs} == {START + timedelta(seconds=60)}


@in_virtual_time(app, start=datetime(2026, 3, 1, 12, tzinfo=UTC))
async def test_a_world_begins_when_it_is_told(world: World) -> None:
    assert world.clock.now() == datetime(2026, 3, 1, 12, tzinfo=UTC)
    handle = await app.submit(tick.options(at=datetime(2026, 3, 2, tzinfo=UTC)))
    await world.clock.advance_to(datetime(2026, 3, 2, 1, tzinfo=UTC))
    assert (await handle.run()).started_at == datetime(2026, 3, 2, tzinfo=UTC)


@in_virtual_time(app)
async def test_asyncio_sleeps_in_virtual_time(world: World) -> None:
    woken: list[datetime] = []

    async def nap(hours: float) -> None:
        await asyncio.sleep(hours * 3600)
        woken.append(world.clock.now())

    naps = [asyncio.create_task(nap(hours)) for hours in (3, 1, 2)]
    await world.clock.advance(hours=2.5)
    assert woken == [START + timedelta(hours=1), START + timedelta(hours=2)]
    await world.clock.advance(days=1)
    await asyncio.gather(*naps)
    assert woken[-1] == START + timedelta(hours=3)


@in_virtual_time(app)
async def test_a_result_may_be_awaited_while_the_clock_is_advanced(world: World) -> None:
    handle = await app.submit(sleep.options(delay=86_400), 60)
    result, _ = await asyncio.gather(handle.result(), world.clock.advance(days=2))
    assert result == "rested"


@in_virtual_time(app)
async def test_the_wait_for_a_result_times_out_in_virtual_time(world: World) -> None:
    handle = await app.submit(sleep, 3600)
    waiting = asyncio.create_task(handle.result(timeout=60))
    await world.clock.advance(seconds=60)
    with pytest.raises(ResultTimeout):
        await waiting


def test_waiting_for_what_only_time_brings_is_told() -> None:
    with virtual_time(app) as world:

        async def wait() -> None:
            await (await app.submit(tick.options(delay=60))).result()

        with pytest.raises(TimeStandsStill, match="advance the clock"):
            world.run(wait())
        world.run(world.clock.advance(seconds=60))
        [run] = world.run(world.runs(tick))
        assert run.state is RunState.SUCCEEDED


@in_virtual_time()
async def test_time_does_not_go_back(world: World) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        await world.clock.advance(seconds=-1)
    with pytest.raises(ValueError, match="50 years"):
        await world.clock.advance(days=60 * 366)
    with pytest.raises(InvalidTime):
        await world.clock.advance_to(datetime(2027, 1, 1))  # noqa: DTZ001  # that is the point


@in_virtual_time()
async def test_two_cannot_advance_the_clock_at_once(world: World) -> None:
    first = asyncio.create_task(world.clock.advance(days=1))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="already"):
        await world.clock.advance(days=1)
    await first
    assert world.clock.now() == START + timedelta(days=1)
