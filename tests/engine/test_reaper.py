"""Runs whose worker has gone are given to another, within their lease and a little."""

import asyncio
from collections.abc import Callable

import pytest

from foliot import RunState
from foliot.adapters.local.wakeup import LocalWakeup
from foliot.domain.page import PageRequest
from foliot.domain.run import Cause
from foliot.domain.states import EventType
from foliot.engine.reaper import Reaper
from foliot.ports import Held, RunFilter
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import LEASE, CountingBroker
from tests.engine.house import HandClock


@pytest.fixture
def broker() -> CountingBroker:
    return CountingBroker()


@pytest.fixture
def another(system: System, broker: CountingBroker) -> Callable[[], Reaper]:
    """One more reaper."""
    return lambda: Reaper(system.store, broker, system.clock, LocalWakeup(), system._meter, LEASE)


@pytest.fixture
def reaper(another: Callable[[], Reaper]) -> Reaper:
    return another()


async def test_a_run_whose_lease_ran_out_is_queued_for_another(
    system: System, clock: HandClock, reaper: Reaper, broker: CountingBroker
) -> None:
    run_id = await hands.submit(system)
    await hands.claim(system, "lost")
    clock.advance(LEASE.total_seconds() + 0.001)
    await reaper.step()
    assert broker.published == 1
    [again] = await hands.claim(system, "other")
    assert (again.run_id, again.attempt) == (run_id, 2)
    lost, present = await hands.attempts(system, run_id)
    assert (lost.worker, lost.cause, lost.state) == ("lost", Cause.LEASE_LOST, RunState.QUEUED)
    assert (present.worker, present.state) == ("other", RunState.RUNNING)
    kinds = [event.type for event in await hands.events(system, run_id)]
    assert EventType.RUN_LEASE_LOST in kinds


async def test_a_lease_that_holds_is_left_alone(system: System, clock: HandClock, reaper: Reaper) -> None:
    run_id = await hands.submit(system)
    await hands.claim(system)
    clock.advance(LEASE.total_seconds())
    await reaper.step()
    assert (await hands.run_of(system, run_id)).state is RunState.RUNNING


async def test_a_renewed_lease_is_left_alone(system: System, clock: HandClock, reaper: Reaper) -> None:
    run_id = await hands.submit(system)
    [claimed] = await hands.claim(system)
    clock.advance(10)
    held = Held(run_id, claimed.tenant_id, claimed.lease)
    assert not (await system.store.pulse([held], clock.now() + LEASE)).lost
    clock.advance(10)
    await reaper.step()
    assert (await hands.run_of(system, run_id)).state is RunState.RUNNING


async def test_after_the_last_attempt_it_is_a_dead_letter(system: System, clock: HandClock, reaper: Reaper) -> None:
    run_id = await hands.submit(system, max_attempts=2)
    for _ in range(2):
        await hands.claim(system)
        clock.advance(16)
        await reaper.step()
    run = await hands.run_of(system, run_id)
    assert run.error is not None
    assert (run.state, run.cause, run.attempt, run.error.code) == (RunState.FAILED, Cause.LEASE_LOST, 2, "lease_lost")
    dead = await system.services.dead_letters.page(system.identity, RunFilter(), PageRequest())
    assert [letter.id for letter in dead.items] == [run_id]


async def test_a_run_that_was_to_be_cancelled_is_cancelled(system: System, clock: HandClock, reaper: Reaper) -> None:
    run_id = await hands.submit(system)
    await hands.claim(system)
    await system.services.runs.cancel(system.identity, run_id)
    clock.advance(16)
    await reaper.step()
    assert (await hands.run_of(system, run_id)).state is RunState.CANCELLED


async def test_a_worker_cannot_finish_what_was_given_to_another(
    system: System, clock: HandClock, reaper: Reaper
) -> None:
    run_id = await hands.submit(system)
    late = await hands.claim(system, "late")
    clock.advance(16)
    await reaper.step()
    assert await hands.succeed(system, late) == {run_id}
    other = await hands.claim(system, "other")
    assert await hands.succeed(system, late) == {run_id}
    assert await hands.succeed(system, other) == frozenset()
    assert (await hands.run_of(system, run_id)).worker == "other"


async def test_a_worker_that_is_late_but_unnoticed_may_finish(system: System, clock: HandClock, reaper: Reaper) -> None:
    await hands.submit(system)
    late = await hands.claim(system)
    clock.advance(16)
    assert await hands.succeed(system, late) == frozenset()
    await reaper.step()
    assert [run.state for run in await hands.runs(system)] == [RunState.SUCCEEDED]


async def test_several_reapers_at_once_burn_one_attempt(
    system: System, clock: HandClock, another: Callable[[], Reaper], broker: CountingBroker
) -> None:
    for _ in range(20):
        await hands.submit(system)
    await hands.claim(system)
    clock.advance(16)
    await asyncio.gather(*(another().step() for _ in range(4)))
    assert broker.published == 20
    assert [claimed.attempt for claimed in await hands.claim(system)] == [2] * 20


async def test_it_looks_again_when_the_first_lease_ends(system: System, clock: HandClock, reaper: Reaper) -> None:
    assert await reaper.step() <= LEASE.total_seconds()
    await hands.submit(system)
    await hands.claim(system)
    clock.advance(5)
    assert await reaper.step() == pytest.approx(LEASE.total_seconds() - 5, abs=0.1)
