"""`EngineStore.promote`: what waits is queued when its time has come, never before."""

import asyncio
from datetime import datetime

from foliot.domain.states import RunState
from foliot.ports import Store
from tests.contract.builders import OTHER, after, found, retried, started, submission, submitted, wish


async def test_nothing_waits(store: Store) -> None:
    await submitted(store)
    assert await _promoted(store, after(3600), 10) == (0, None)


async def test_a_run_is_queued_when_its_time_has_come_and_not_a_microsecond_before(store: Store) -> None:
    made = await submitted(store, due_at=after(10.000001))
    assert await _promoted(store, after(10), 10) == (0, after(10.000001))
    assert (await found(store, made)).state is RunState.PENDING
    assert await _promoted(store, after(10.000001), 10) == (1, None)
    run = await found(store, made)
    assert (run.state, run.due_at, run.queued_at) == (RunState.QUEUED, after(10.000001), after(10.000001))


async def test_a_late_promotion_tells_when_it_was(store: Store) -> None:
    made = await submitted(store, delay=10)
    await store.promote(after(17.5), 10)
    run = await found(store, made)
    assert (run.due_at, run.queued_at) == (after(10), after(17.5))


async def test_retries_are_queued_too(store: Store) -> None:
    claimed = await started(store)
    await store.finish([retried(claimed, due_at=after(20))])
    assert await _promoted(store, after(19), 10) == (0, after(20))
    assert await _promoted(store, after(20), 10) == (1, None)
    assert (await found(store, claimed)).state is RunState.QUEUED


async def test_the_oldest_are_queued_first_and_only_so_many(store: Store) -> None:
    made = [await submitted(store, delay=delay) for delay in (30, 10, 20, 40)]
    assert await _promoted(store, after(60), 2) == (2, after(30))
    assert [run.run_id for run in await store.claim(wish(now=after(60)))] == [made[1].id, made[2].id]
    assert await _promoted(store, after(60), 10) == (2, None)


async def test_the_next_due_time_is_told_with_what_was_queued(store: Store) -> None:
    await store.submit([submission(delay=10), submission(delay=10.000001)])
    assert await _promoted(store, after(10), 10) == (1, after(10.000001))


async def test_blocked_runs_are_not_queued(store: Store) -> None:
    await submitted(store, state=RunState.BLOCKED, delay=1)
    assert await _promoted(store, after(3600), 10) == (0, None)


async def test_promoting_twice_changes_nothing(store: Store) -> None:
    made = await submitted(store, delay=10)
    await store.promote(after(10), 10)
    before = await found(store, made)
    assert await _promoted(store, after(99), 10) == (0, None)
    assert await found(store, made) == before


async def test_of_many_promoters_each_run_is_counted_once(two_stores: tuple[Store, Store]) -> None:
    await two_stores[0].submit([submission(delay=n % 7 + 1, tenant=OTHER) for n in range(100)])
    promoted = await asyncio.gather(*(two_stores[n % 2].promote(after(10), 15) for n in range(10)))
    assert sum(len(each.runs) for each in promoted) == 100


async def test_promoted_runs_are_claimed_in_the_order_of_their_times(store: Store) -> None:
    made = {delay: await submitted(store, delay=delay) for delay in (3, 1, 2)}
    await store.promote(after(5), 10)
    assert [run.run_id for run in await store.claim(wish(now=after(5)))] == [made[n].id for n in (1, 2, 3)]


async def _promoted(store: Store, now: datetime, limit: int) -> tuple[int, datetime | None]:
    """How many were promoted, and when the next one will be."""
    promoted = await store.promote(now, limit)
    return len(promoted.runs), promoted.next_due_at
