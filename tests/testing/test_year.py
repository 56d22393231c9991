"""A year in seconds, in order, and on time."""

import time
from datetime import timedelta

from foliot import RunState
from foliot.testing import START, World, in_virtual_time
from tests.testing.jobs import app, sleep, tick

HOUR = timedelta(hours=1)


@in_virtual_time(app)
async def test_a_year_of_hourly_runs_is_in_order_and_on_time_to_the_microsecond(world: World) -> None:
    await app.submit(tick.options(every=HOUR))
    begun, worked = time.perf_counter(), time.process_time()
    await world.clock.advance(days=365)
    print(f"\n8,760 runs in {time.perf_counter() - begun:.1f} s, {time.process_time() - worked:.1f} s of them at work")
    runs = await world.runs(tick)
    hours = [START + number * HOUR for number in range(1, 8_761)]
    assert [run.due_at for run in runs] == hours
    assert [run.started_at for run in runs] == hours
    assert [run.finished_at for run in runs] == hours
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
    assert world.clock.now() == START + timedelta(days=365)


@in_virtual_time(app)
async def test_jobs_of_different_rhythms_are_interleaved_as_they_are_due(world: World) -> None:
    for minutes in (7, 11, 60):
        await app.submit(tick.options(every=timedelta(minutes=minutes)))
    await world.clock.advance(days=1)
    runs = await world.runs()
    begun = [run.started_at for run in runs if run.started_at is not None]
    assert len(runs) == 1440 // 7 + 1440 // 11 + 24
    assert begun == sorted(run.due_at for run in runs)


@in_virtual_time(app)
async def test_a_thousand_sleepers_overlap(world: World) -> None:
    await app.submit_many([sleep.options(delay=number).call(60) for number in range(1_000)])
    await world.clock.advance(hours=1)
    runs = await world.runs(sleep)
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
    assert {run.lateness for run in runs} == {timedelta(0)}
    lasted = {run.finished_at - run.started_at for run in runs if run.finished_at and run.started_at}
    assert lasted == {timedelta(seconds=60)}
