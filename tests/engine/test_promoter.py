"""What is due becomes queued when its time has come, and not a moment earlier."""

import asyncio
import math
import random
from datetime import timedelta
from random import Random

import pytest

from foliot import App, RunState
from foliot.adapters.local.wakeup import LocalWakeup
from foliot.engine.loop import keep_stepping
from foliot.engine.promoter import Promoter
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import PATIENCE, HandClock


@pytest.fixture
def broker() -> CountingBroker:
    return CountingBroker()


@pytest.fixture
def promoter(system: System, broker: CountingBroker) -> Promoter:
    return Promoter(system.store, broker, system.clock)


async def test_a_run_is_queued_at_its_instant_and_not_a_microsecond_before(
    system: System, clock: HandClock, promoter: Promoter, broker: CountingBroker
) -> None:
    run_id = await hands.submit(system, delay=60)
    clock.advance(60 - 1e-6)
    await promoter.step()
    assert (await hands.run_of(system, run_id)).state is RunState.PENDING
    clock.advance(1e-6)
    await promoter.step()
    assert (await hands.run_of(system, run_id)).state is RunState.QUEUED
    assert broker.published == 1


async def test_it_sleeps_until_the_next_is_due(system: System, clock: HandClock, promoter: Promoter) -> None:
    assert await promoter.step() == math.inf
    await hands.submit(system, delay=60)
    assert await promoter.step() == 60
    clock.advance(59.75)
    assert await promoter.step() == pytest.approx(0.25)
    clock.advance(0.25)
    assert await promoter.step() == math.inf


async def test_what_is_overdue_is_queued_at_once(
    system: System, clock: HandClock, promoter: Promoter, broker: CountingBroker
) -> None:
    for delay in range(1, 51):
        await hands.submit(system, delay=delay)
    clock.advance(3600)
    await promoter.step()
    assert broker.published == 50


async def test_two_promoters_queue_each_run_once(system: System, clock: HandClock) -> None:
    broker = CountingBroker()
    for _ in range(20):
        await hands.submit(system, delay=1)
    clock.advance(1)
    await asyncio.gather(*(Promoter(system.store, broker, clock).step() for _ in range(4)))
    assert broker.published == 20


async def test_no_job_ever_starts_early(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    dice = random.Random(7)
    async with app, app.working():
        handles = await app.submit_many([rest.options(delay=dice.uniform(0.0, 1.5)).call() for _ in range(300)])
        for handle in handles:
            await handle.result(PATIENCE)
        lateness = [(await handle.run()).lateness for handle in handles]
    assert min(late for late in lateness if late is not None) >= timedelta()
    assert len(lateness) == 300


async def test_the_wait_for_one_instant_costs_a_handful_of_looks(system: System) -> None:
    looks = 0
    due = asyncio.get_running_loop().time() + 0.9
    reached = asyncio.Event()

    class Look(Promoter):
        async def step(self) -> float:
            nonlocal looks
            looks += 1
            left = due - asyncio.get_running_loop().time()
            if left <= 0:
                reached.set()
                return 1.0
            return left

    loop = Look(system.store, CountingBroker(), system.clock)
    stepping = asyncio.create_task(keep_stepping(loop, LocalWakeup(), Random(7)))
    await reached.wait()
    late = asyncio.get_running_loop().time() - due
    stepping.cancel()
    assert late < 1.0
    assert looks <= 10, "each look is a query"
