"""Expiry and debouncing in virtual time, to the microsecond."""

from datetime import timedelta

from foliot import RunState
from foliot.testing import START, World, in_virtual_time
from tests.testing.jobs import app, sleep


@in_virtual_time(app)
async def test_a_run_that_nobody_can_start_expires_at_its_instant(world: World) -> None:
    handle = await app.submit(sleep.options(queue="nobody", expires_in=timedelta(hours=5)), 1)
    await world.clock.advance(hours=4)
    assert await handle.status() is RunState.QUEUED
    await world.clock.advance(hours=2)
    run = await handle.run()
    assert (run.state, run.finished_at) == (RunState.EXPIRED, START + timedelta(hours=5))


@in_virtual_time(app)
async def test_runs_of_a_job_that_recurs_expire_each_in_its_own_time(world: World) -> None:
    options = sleep.options(queue="nobody", every=timedelta(hours=1), expires_in=timedelta(minutes=10))
    handle = await app.submit(options, 1)
    await world.clock.advance(hours=3, minutes=30)
    runs = await handle.runs()
    assert [run.state for run in runs] == [RunState.EXPIRED] * 3
    assert all(run.finished_at == run.due_at + timedelta(minutes=10) for run in runs)


@in_virtual_time(app)
async def test_what_is_debounced_starts_when_it_has_been_quiet(world: World) -> None:
    quiet = sleep.options(key="k", debounce=60, debounce_max_wait=150)
    handle = await app.submit(quiet, 1)
    for _ in range(3):
        await world.clock.advance(seconds=40)
        assert (await app.submit(quiet, 2)).updated
    await world.clock.advance(seconds=60)
    run = await handle.run()
    assert (run.state, run.started_at) == (RunState.SUCCEEDED, START + timedelta(seconds=150))
    assert (await app.submit(quiet, 3)).created
