"""Pausing, resuming and running a recurring job now."""

from datetime import timedelta

import pytest

from foliot import RunState
from foliot.domain.errors import Conflict
from foliot.domain.job import Job
from foliot.domain.schedule import Every
from foliot.domain.states import EventType, JobState
from foliot.engine.planner import Planner
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock


async def _recurring(system: System, count: int | None = None) -> Job:
    ticket = await hands.recur(system, Every(seconds=10, count=count))
    return await system.services.jobs.get(system.identity, ticket.job_id)


async def _plan(system: System) -> None:
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        pass


async def test_nothing_is_planned_while_a_job_is_paused(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    paused = await system.services.jobs.pause(system.identity, job.id)
    assert paused.state is JobState.PAUSED
    clock.advance(100)
    await _plan(system)
    assert await hands.runs(system) == []


async def test_a_resumed_job_goes_on_from_now_and_tells_what_was_passed_over(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    await system.services.jobs.pause(system.identity, job.id)
    clock.advance(35)
    resumed = await system.services.jobs.resume(system.identity, job.id)
    assert (resumed.state, resumed.next_at) == (JobState.ACTIVE, job.created_at + timedelta(seconds=40))
    events = await system.services.jobs.events(system.identity, job.id)
    assert [event.type for event in events] == [EventType.JOB_CREATED, EventType.JOB_PAUSED, EventType.JOB_RESUMED]
    assert events[-1].data["passed_over"] == 3
    clock.advance(5)
    await _plan(system)
    assert [run.due_at for run in await hands.runs(system)] == [resumed.next_at]


async def test_a_short_pause_passes_nothing_over(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    await system.services.jobs.pause(system.identity, job.id)
    clock.advance(5)
    assert (await system.services.jobs.resume(system.identity, job.id)).next_at == job.next_at


async def test_what_was_passed_over_counts(system: System, clock: HandClock) -> None:
    job = await _recurring(system, count=5)
    await system.services.jobs.pause(system.identity, job.id)
    clock.advance(35)
    await system.services.jobs.resume(system.identity, job.id)
    clock.advance(1000)
    await _plan(system)
    assert (await system.services.jobs.get(system.identity, job.id)).planned == 5


async def test_a_schedule_that_ended_during_the_pause_is_over(system: System, clock: HandClock) -> None:
    job = await _recurring(system, count=2)
    await system.services.jobs.pause(system.identity, job.id)
    clock.advance(1000)
    assert (await system.services.jobs.resume(system.identity, job.id)).state is JobState.COMPLETED


async def test_to_pause_or_resume_twice_changes_nothing(system: System) -> None:
    job = await _recurring(system)
    assert await system.services.jobs.resume(system.identity, job.id) == job
    paused = await system.services.jobs.pause(system.identity, job.id)
    assert await system.services.jobs.pause(system.identity, job.id) == paused
    assert len(await system.services.jobs.events(system.identity, job.id)) == 2


@pytest.mark.parametrize("is_paused", [False, True])
async def test_a_job_runs_once_more_now_beside_its_schedule(system: System, clock: HandClock, is_paused: bool) -> None:
    job = await _recurring(system)
    if is_paused:
        job = await system.services.jobs.pause(system.identity, job.id)
    run = await system.services.jobs.run_now(system.identity, job.id)
    assert (run.state, run.due_at, run.job_id) == (RunState.QUEUED, clock.now(), job.id)
    assert await system.services.jobs.get(system.identity, job.id) == job
    await hands.succeed(system, await hands.claim(system))
    told = [event.type for event in await hands.events(system, run.id)]
    assert EventType.RUN_REQUESTED in told
    assert told[-1] is EventType.RUN_SUCCEEDED


async def test_a_job_that_runs_once_or_has_ended_is_refused_with_what_to_do(system: System) -> None:
    run_id = await hands.submit(system, delay=60)
    job = await _recurring(system)
    await system.services.jobs.cancel(system.identity, job.id)
    for deed in (system.services.jobs.pause, system.services.jobs.resume, system.services.jobs.run_now):
        with pytest.raises(Conflict, match="runs once"):
            await deed(system.identity, run_id)
        with pytest.raises(Conflict, match="submit it again"):
            await deed(system.identity, job.id)
