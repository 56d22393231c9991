"""Down for three days, and back again: each misfire policy does what it says."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from foliot import RunState
from foliot.domain.policy import Overlap
from foliot.domain.schedule import CatchUp, Coalesce, Every, MisfirePolicy, Skip
from foliot.domain.states import EventType
from foliot.engine.planner import Planner
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock

HOUR = 3600.0
THREE_DAYS = 72 * HOUR


@pytest.fixture
def planner(system: System) -> Planner:
    return Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)


async def _come_back(system: System, clock: HandClock, planner: Planner, policy: MisfirePolicy) -> None:
    """An hourly job whose planner was away for three days, and two minutes into the next hour is back."""
    await hands.recur(system, Every(seconds=HOUR), misfire=policy)
    clock.advance(THREE_DAYS + 120)
    while await planner.step() == 0.0:
        pass


async def _fates(system: System) -> Counter[str]:
    return Counter(each.fate for each in await hands.occurrences(system))


async def test_coalesce_runs_once_for_all(system: System, clock: HandClock, planner: Planner) -> None:
    start = clock.now()
    await _come_back(system, clock, planner, Coalesce())
    [run] = await hands.runs(system)
    assert (run.state, run.due_at) == (RunState.QUEUED, start + timedelta(seconds=HOUR))
    assert await _fates(system) == {"late": 1, "merged": 71}
    assert {each.run and each.run.id for each in await hands.occurrences(system)} == {run.id}
    [merged] = [event for event in await hands.events(system, run.id) if event.type is EventType.OCCURRENCES_MERGED]
    assert merged.data == {"count": 71, "policy": "coalesce"}


async def test_skip_runs_none_that_is_too_old(system: System, clock: HandClock, planner: Planner) -> None:
    await _come_back(system, clock, planner, Skip(grace_seconds=60))
    assert await hands.runs(system) == []
    assert await _fates(system) == {"skipped": 72}
    job = await hands.the_job(system)
    [_, skipped] = await system.services.jobs.events(system.identity, job.id)
    assert (skipped.type, skipped.data) == (EventType.OCCURRENCES_SKIPPED, {"count": 72, "policy": "skip"})
    clock.advance(HOUR - 120)
    await planner.step()
    [run] = await hands.runs(system)
    assert run.due_at == clock.now()


async def test_skip_runs_the_newest_within_its_grace(system: System, clock: HandClock, planner: Planner) -> None:
    await _come_back(system, clock, planner, Skip(grace_seconds=300))
    [run] = await hands.runs(system)
    assert clock.now() - run.due_at == timedelta(seconds=120)
    assert await _fates(system) == {"skipped": 71, "late": 1}


async def test_catch_up_runs_the_newest_one_after_the_other(system: System, clock: HandClock, planner: Planner) -> None:
    await _come_back(system, clock, planner, CatchUp(limit=5, stagger_seconds=30))
    runs = await hands.runs(system)
    assert [run.state for run in runs] == [RunState.QUEUED, *[RunState.BLOCKED] * 4]
    assert await _fates(system) == {"skipped": 67, "late": 5}
    started = []
    for _ in range(40):
        await hands.promote(system)
        if claimed := await hands.claim(system):
            started += [(run.run_id, clock.now()) for run in claimed]
            await hands.succeed(system, claimed)
        clock.advance(10)
    assert [run_id for run_id, _ in started] == [run.id for run in runs]
    assert all(later - earlier >= timedelta(seconds=30) for (_, earlier), (_, later) in pairwise(started))


async def test_what_is_caught_up_may_overlap_if_that_is_allowed(
    system: System, clock: HandClock, planner: Planner
) -> None:
    policy = CatchUp(limit=4, stagger_seconds=60)
    await hands.recur(system, Every(seconds=HOUR), misfire=policy, overlap=Overlap.ALLOW)
    clock.advance(THREE_DAYS)
    await planner.step()
    queued, *later = await hands.runs(system)
    assert queued.state is RunState.QUEUED
    assert [(run.state, run.due_at - clock.now()) for run in later] == [
        (RunState.PENDING, timedelta(seconds=60 * n)) for n in (1, 2, 3)
    ]


async def test_catch_up_leaves_out_what_is_older_than_its_grace(
    system: System, clock: HandClock, planner: Planner
) -> None:
    await _come_back(system, clock, planner, CatchUp(limit=100, grace_seconds=3 * HOUR))
    assert len(await hands.runs(system)) == 3
    assert await _fates(system) == {"skipped": 69, "late": 3}
