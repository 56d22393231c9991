"""What has not started by the time that it was given is over."""

import asyncio
import math
from datetime import timedelta

import pytest

from foliot import App, RunCancelled, RunState
from foliot.adapters.local.wakeup import LocalWakeup
from foliot.engine.expirer import Expirer
from foliot.ports import RunRef, Topic
from foliot.service.admission import JobRequest, ParentRequest
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import PATIENCE, HandClock, kinds, until_state


@pytest.fixture
def broker() -> CountingBroker:
    return CountingBroker()


@pytest.fixture
def wakeup() -> LocalWakeup:
    return LocalWakeup()


@pytest.fixture
def expirer(system: System, broker: CountingBroker, wakeup: LocalWakeup) -> Expirer:
    return Expirer(system.store, broker, system.clock, wakeup, system._meter)


async def test_it_sleeps_until_the_next_expires(system: System, clock: HandClock, expirer: Expirer) -> None:
    assert await expirer.step() == math.inf
    run_id = await _submit(system, 60)
    assert await expirer.step() == 60
    clock.advance(59.5)
    assert await expirer.step() == 0.5
    clock.advance(0.5)
    assert await expirer.step() == math.inf
    assert (await hands.run_of(system, run_id)).state is RunState.EXPIRED


async def test_it_goes_on_at_once_while_there_are_more(system: System, clock: HandClock, expirer: Expirer) -> None:
    requests = [JobRequest(type="rest", expires_in_seconds=1) for _ in range(1_001)]
    await system.services.jobs.submit_many(system.identity, requests)
    await _submit(system, 30)
    clock.advance(5)
    assert [await expirer.step() for _ in range(2)] == [0.0, 25.0]
    assert b'foliot_runs_expired_total{type="rest"} 1001.0' in await system._metrics(system.identity)


async def test_those_who_watch_hear_of_it_and_what_waited_for_it_goes_on(
    system: System, clock: HandClock, expirer: Expirer, broker: CountingBroker, wakeup: LocalWakeup
) -> None:
    ear, workers = wakeup.subscribe(Topic.CHANGED), wakeup.subscribe(Topic.QUEUED)
    late = await _submit(system, 10)
    after = JobRequest(type="rest", parents=[ParentRequest(job_id=late)])
    skipped = (await system.services.jobs.submit(system.identity, after)).job_id
    clock.advance(10)
    await expirer.step()
    assert await ear.wait(0) == {late, skipped}
    assert workers._called.is_set()
    [ended] = await system.store.ended([RunRef(system.identity.tenant_id, skipped)])
    assert ended.state is RunState.SKIPPED


async def test_a_run_that_finds_no_worker_in_time_expires(app: App) -> None:
    @app.job()
    async def hold(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async with app, app.working():
        handle = await app.submit(hold.options(queue="nobody", expires_in=0.2), 0)
        with pytest.raises(RunCancelled, match="expired"):
            await handle.result(PATIENCE)
        run = await handle.run()
        assert (run.state, run.started_at) == (RunState.EXPIRED, None)
        assert run.finished_at is not None
        assert run.expires_at is not None
        assert run.finished_at - run.expires_at < timedelta(seconds=5)
        assert await kinds(handle) == ["run.created", "run.queued", "run.expired"]
        slow = await app.submit(hold.options(expires_in=timedelta(seconds=0.5)), 1.0)
        await until_state(slow, RunState.RUNNING)
        await slow.result(PATIENCE)


async def _submit(system: System, seconds: float) -> str:
    request = JobRequest(type="rest", expires_in_seconds=seconds)
    return (await system.services.jobs.submit(system.identity, request)).job_id
