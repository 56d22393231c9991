"""An occurrence that comes while a run of its job is not over goes by the overlap policy."""

from datetime import timedelta

import pytest

from foliot import RunState
from foliot.domain.policy import Overlap, Policy
from foliot.domain.run import Cause, Claimed, Outcome
from foliot.domain.schedule import Every
from foliot.domain.states import EventType
from foliot.engine.planner import Planner
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock


@pytest.fixture
def planner(system: System) -> Planner:
    return Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)


async def _busy(system: System, clock: HandClock, planner: Planner, overlap: Overlap) -> list[Claimed]:
    """A job whose first run is running when its second and third occurrence come."""
    await hands.recur(system, Every(seconds=10), overlap=overlap)
    clock.advance(10)
    await planner.step()
    busy = await hands.claim(system)
    for _ in range(2):
        clock.advance(10)
        await planner.step()
    return busy


async def _states(system: System) -> list[RunState]:
    return [run.state for run in await hands.runs(system)]


async def test_skip_leaves_it_out(system: System, clock: HandClock, planner: Planner) -> None:
    await _busy(system, clock, planner, Overlap.SKIP)
    assert await _states(system) == [RunState.RUNNING, RunState.SKIPPED, RunState.SKIPPED]
    assert [each.fate for each in await hands.occurrences(system)] == ["run", "skipped", "skipped"]


async def test_allow_runs_it_beside_the_other(system: System, clock: HandClock, planner: Planner) -> None:
    await _busy(system, clock, planner, Overlap.ALLOW)
    assert await _states(system) == [RunState.RUNNING, RunState.QUEUED, RunState.QUEUED]


async def test_queue_one_lets_one_wait(system: System, clock: HandClock, planner: Planner) -> None:
    busy = await _busy(system, clock, planner, Overlap.QUEUE_ONE)
    assert await _states(system) == [RunState.RUNNING, RunState.BLOCKED, RunState.SKIPPED]
    await hands.succeed(system, busy)
    assert await _states(system) == [RunState.SUCCEEDED, RunState.QUEUED, RunState.SKIPPED]
    clock.advance(10)
    await planner.step()
    assert (await _states(system))[3:] == [RunState.SKIPPED]
    [second] = await hands.claim(system)
    clock.advance(10)
    await planner.step()
    assert (await _states(system))[4:] == [RunState.BLOCKED]
    await hands.succeed(system, [second])
    assert (await _states(system))[4:] == [RunState.QUEUED]


async def test_queue_one_waits_through_a_retry(system: System, clock: HandClock, planner: Planner) -> None:
    busy = await _busy(system, clock, planner, Overlap.QUEUE_ONE)
    now = clock.now()
    retry = Outcome(
        run_id=busy[0].run_id, tenant_id=busy[0].tenant_id, lease=busy[0].lease, state=RunState.RETRYING,
        cause=Cause.RAISED, at=now, due_at=now + timedelta(seconds=5),
    )  # fmt: skip
    await system.store.finish([retry])
    assert await _states(system) == [RunState.RETRYING, RunState.BLOCKED, RunState.SKIPPED]
    clock.advance(5)
    await hands.promote(system)
    await hands.succeed(system, await hands.claim(system))
    assert await _states(system) == [RunState.SUCCEEDED, RunState.QUEUED, RunState.SKIPPED]


async def test_cancel_running_makes_way(system: System, clock: HandClock, planner: Planner) -> None:
    busy = await _busy(system, clock, planner, Overlap.CANCEL_RUNNING)
    running, second, third = await hands.runs(system)
    assert running.cancel_requested_at is not None
    assert [second.state, third.state] == [RunState.CANCELLED, RunState.BLOCKED]
    [asked] = [each for each in await hands.events(system, second.id) if each.type is EventType.RUN_CANCEL_REQUESTED]
    assert asked.data == {"by": "planner", "policy": "cancel_running"}
    stopped = Outcome(
        run_id=running.id, tenant_id=running.tenant_id, lease=busy[0].lease, state=RunState.CANCELLED,
        cause=Cause.CANCELLED, at=clock.now(),
    )  # fmt: skip
    await system.store.finish([stopped])
    assert await _states(system) == [RunState.CANCELLED, RunState.CANCELLED, RunState.QUEUED]


async def test_a_job_follows_its_type_unless_it_says_otherwise(
    system: System, clock: HandClock, planner: Planner
) -> None:
    [rest] = [job_type for job_type in await system.store.types() if job_type.name == "rest"]
    policy = Policy(overlap=Overlap.ALLOW)
    await system.store.save_types([type(rest)(name="rest", policy=policy, schema=rest.schema)], clock.now())
    await hands.recur(system, Every(seconds=10))
    await hands.recur(system, Every(seconds=10), overlap=Overlap.SKIP)
    for _ in range(2):
        clock.advance(10)
        await planner.step()
    assert sorted(await _states(system)) == [RunState.QUEUED, RunState.QUEUED, RunState.QUEUED, RunState.SKIPPED]
