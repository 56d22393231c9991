"""`EngineStore.expire`: what has not started in time is over, and never starts."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from foliot.domain.event import story
from foliot.domain.parents import WaitFor
from foliot.domain.run import Cause, Claimed, Outcome, Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    buried,
    cancelling,
    child,
    deferred,
    failed,
    found,
    handed_back,
    lease_lost,
    ref,
    replaying,
    retried,
    started,
    submission,
    submitted,
    succeeded,
    wish,
)


async def test_nothing_expires(store: Store) -> None:
    await submitted(store)
    assert await _expired(store, after(3600)) == ([], None)


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.PENDING, RunState.BLOCKED])
async def test_what_has_not_started_expires_at_its_time_and_not_a_microsecond_before(
    store: Store, state: RunState
) -> None:
    delay = 5 if state is RunState.PENDING else 0
    made = await submitted(store, state=state, delay=delay, expires_at=after(10.000001))
    assert await found(store, made) == made
    assert await _expired(store, after(10)) == ([], after(10.000001))
    assert await _expired(store, after(10.000001)) == ([made.id], None)
    run = await found(store, made)
    assert (run.state, run.cause, run.finished_at) == (RunState.EXPIRED, Cause.EXPIRED, after(10.000001))
    assert (run.expires_at, run.started_at) == (after(10.000001), None)
    job = await store.job(ACME, made.job_id)
    assert job is not None
    assert job.state is JobState.COMPLETED


async def test_the_story_tells_that_it_expired_and_when_it_was_to(store: Store) -> None:
    made = await submitted(store, expires_at=after(10))
    await store.expire(after(12), 10)
    told = story(await found(store, made), [], [])
    assert [event.type for event in told] == [EventType.RUN_CREATED, EventType.RUN_QUEUED, EventType.RUN_EXPIRED]
    assert told[-1].at == after(12)
    assert told[-1].data == {"cause": "expired", "expires_at": "2026-05-01T08:00:10.123457Z"}


async def test_what_has_expired_is_not_claimed_though_nobody_has_seen_to_it(store: Store) -> None:
    late = [await submitted(store, expires_at=after(10)) for _ in range(3)]
    made = await submitted(store)
    hurried = await submitted(store, expires_at=after(10.000001))
    claimed = await store.claim(wish(now=after(10), limit=2))
    assert [run.run_id for run in claimed] == [made.id, hurried.id]
    named = msgspec.structs.replace(wish(now=after(10)), runs=[ref(run) for run in late])
    assert await store.claim(named) == []


async def test_a_claim_passes_over_many_that_have_expired(store: Store) -> None:
    await store.submit([submission(expires_at=after(10)) for _ in range(900)])
    made = [await submitted(store) for _ in range(5)]
    claimed = await store.claim(wish(now=after(10), limit=3))
    assert [run.run_id for run in claimed] == [run.id for run in made[:3]]


async def test_what_runs_does_not_expire(store: Store) -> None:
    claimed = await started(store, expires_at=after(10))
    assert await _expired(store, after(60)) == ([], None)
    await store.finish([succeeded(claimed, at=after(60))])
    run = await found(store, claimed)
    assert (run.state, run.expires_at) == (RunState.SUCCEEDED, after(10))


@pytest.mark.parametrize("ending", [lambda claimed: retried(claimed, due_at=after(30)), handed_back, lease_lost])
async def test_what_goes_on_after_an_attempt_does_not_expire(
    store: Store, ending: Callable[[Claimed], Outcome]
) -> None:
    claimed = await started(store, expires_at=after(20))
    assert not (await store.finish([ending(claimed)])).lost
    assert await _expired(store, after(60)) == ([], None)
    await store.promote(after(60), 10)
    [again] = await store.claim(wish(now=after(60)))
    assert again.run_id == claimed.run_id
    assert (await found(store, claimed)).expires_at is None


async def test_what_was_deferred_still_expires(store: Store) -> None:
    claimed = await started(store, expires_at=after(20))
    await store.finish([deferred(claimed, due_at=after(30))])
    assert await _expired(store, after(20)) == ([claimed.run_id], None)


async def test_a_run_that_is_over_does_not_expire(store: Store) -> None:
    made = await submitted(store, expires_at=after(10))
    await store.cancel([cancelling(made)])
    assert await _expired(store, after(60)) == ([], None)
    run = await found(store, made)
    assert (run.state, run.expires_at) == (RunState.CANCELLED, after(10))


async def test_a_replay_does_not_expire(store: Store) -> None:
    dead = await buried(store, expires_at=after(10))
    await store.replay([replaying(dead, after(20))])
    assert await _expired(store, after(60)) == ([], None)


async def test_the_first_to_expire_are_first_and_only_so_many(store: Store) -> None:
    made = [await submitted(store, expires_at=after(at), tenant=OTHER) for at in (30, 10, 20, 40)]
    lapsed = await store.expire(after(30), 2)
    assert {run_id for run_id, _ in lapsed.runs} == {made[1].id, made[2].id}
    assert lapsed.next_at == after(30)
    assert await _expired(store, after(30)) == ([made[0].id], after(40))


async def test_the_types_are_told(store: Store) -> None:
    await store.submit([submission(type=name, expires_at=after(1)) for name in ("a", "b", "a")])
    assert sorted(name for _, name in (await store.expire(after(1), 10)).runs) == ["a", "a", "b"]


async def test_those_that_waited_for_it_go_on_or_are_ruled_out(store: Store) -> None:
    parent = submission(expires_at=after(10))
    needs, after_all = child(parent), child(parent, wait_for=WaitFor.FINISHED)
    await store.submit([parent, needs, after_all])
    moved = (await store.expire(after(10), 10)).moved
    assert [run.run_id for run in moved.queued] == [after_all.job.id]
    assert moved.over == [needs.job.id]
    states = [await _state(store, made.run) for made in (needs, after_all)]
    assert states == [RunState.SKIPPED, RunState.QUEUED]


async def test_a_child_expires_while_it_waits_and_is_left_alone_when_its_parent_ends(store: Store) -> None:
    parent = submission(queue="parents")
    waiting = child(parent, expires_at=after(10))
    await store.submit([parent, waiting])
    assert (await _expired(store, after(10)))[0] == [waiting.job.id]
    await store.finish([failed(run) for run in await store.claim(wish(queues=["parents"]))])
    assert await _state(store, waiting.run) is RunState.EXPIRED


async def test_of_many_who_look_each_run_expires_once(two_stores: tuple[Store, Store]) -> None:
    await two_stores[0].submit([submission(expires_at=after(n % 7)) for n in range(1, 100) if n % 7])
    lapsed = await asyncio.gather(*(two_stores[n % 2].expire(after(10), 30) for n in range(12)))
    runs = [run_id for each in lapsed for run_id, _ in each.runs]
    runs += (await _expired(two_stores[0], after(10)))[0]
    assert len(runs) == len(set(runs)) == 85


async def test_a_run_is_either_claimed_or_expires(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    await one.submit([submission(expires_at=after(10)) for _ in range(100)])
    claims = asyncio.gather(*(one.claim(wish(now=after(9), limit=10)) for _ in range(6)))
    lapsed, claimed = await asyncio.gather(other.expire(after(10), 60), claims)
    running = {run.run_id for each in claimed for run in each}
    over = {run_id for run_id, _ in lapsed.runs}
    assert not running & over
    for run_id in over:
        run = await one.run(ACME, run_id)
        assert run is not None
        assert run.state is RunState.EXPIRED


async def _expired(store: Store, now: datetime) -> tuple[list[str], datetime | None]:
    """Which runs expired, and when the next will."""
    lapsed = await store.expire(now, 100)
    return [run_id for run_id, _ in lapsed.runs], lapsed.next_at


async def _state(store: Store, run: Run | None) -> RunState:
    assert run is not None
    return (await found(store, run)).state
