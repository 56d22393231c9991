"""`EngineStore.prune`: the history is forgotten in its order, and nothing that is still needed with it."""

import asyncio
from datetime import datetime

import pytest

from foliot.domain.run import Claimed, Run
from foliot.domain.states import EventType, RunState
from foliot.ports import RunFilter, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    buried,
    cancelling,
    discarding,
    event,
    failed,
    occurrence,
    pruned,
    recurring,
    ref,
    replaying,
    retried,
    said,
    started,
    submission,
    submitted,
    succeeded,
    the_run,
    wish,
)


async def _ended(store: Store, at: datetime, tenant: str = ACME) -> Claimed:
    claimed = await started(store, tenant=tenant)
    await store.finish([succeeded(claimed, at=at)])
    return claimed


async def _is_gone(store: Store, of: Run | Claimed) -> bool:
    return await store.run(of.tenant_id, ref(of).run_id) is None


async def test_a_run_that_ended_long_ago_is_forgotten_with_its_job(store: Store) -> None:
    claimed = await _ended(store, at=after(10))
    await pruned(store, after(30))
    assert await _is_gone(store, claimed)
    assert await store.job(ACME, claimed.job_id) is None
    assert await store.runs(ACME, RunFilter(), None, 10) == []
    assert await store.ended([ref(claimed)]) == []


async def test_a_run_that_ended_at_that_time_or_later_is_kept(store: Store) -> None:
    runs = [await _ended(store, at=after(seconds)) for seconds in (10, 11)]
    await pruned(store, after(10))
    assert not any([await _is_gone(store, run) for run in runs])


async def test_all_that_belongs_to_a_run_goes_with_it(store: Store) -> None:
    claimed = await started(store)
    await store.note([said(claimed, "hello", 0.5)])
    await store.finish([retried(claimed, due_at=after(5))])
    await store.cancel([cancelling(claimed, at=after(6))])
    assert len(await store.attempts(ACME, claimed.run_id)) == 1
    assert len(await store.run_events(ACME, claimed.run_id)) == 2
    await pruned(store, after(100))
    assert await store.attempts(ACME, claimed.run_id) == []
    assert await store.run_events(ACME, claimed.run_id) == []


async def test_the_oldest_are_forgotten_first_and_only_some_at_a_time(store: Store) -> None:
    runs = [await _ended(store, at=after(seconds)) for seconds in (1, 21, 41)]
    gone = 0
    while await store.prune(after(100), 1):
        now_gone = [await _is_gone(store, run) for run in runs]
        assert now_gone == sorted(now_gone, reverse=True)
        assert now_gone.count(True) - gone <= 1
        gone = now_gone.count(True)
    assert gone == 3


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_dead_letters_are_kept_and_do_not_hold_up_the_rest(store: Store, limit: int) -> None:
    dead = [await buried(store) for _ in range(3)]
    ended = [await _ended(store, at=after(10)) for _ in range(3)]
    await pruned(store, after(100), limit)
    assert [await _is_gone(store, run) for run in ended] == [True] * 3
    assert [await _is_gone(store, run) for run in dead] == [False] * 3
    assert await store.dead_letters(ACME, RunFilter(), None, 10) == dead[::-1]
    assert await store.job(ACME, dead[0].job_id) is not None


async def test_a_discarded_dead_letter_is_forgotten_in_its_time(store: Store) -> None:
    dead = await buried(store)
    await store.discard([discarding(dead)])
    await pruned(store, after(100))
    assert await _is_gone(store, dead)
    assert await store.run_events(ACME, dead.id) == []


async def test_what_is_live_is_kept(store: Store) -> None:
    runs: list[Run | Claimed] = [await started(store), await submitted(store, delay=60), await submitted(store)]
    await pruned(store, after(3600))
    assert not any([await _is_gone(store, run) for run in runs])


async def test_a_job_with_a_live_run_is_kept_when_an_older_run_is_forgotten(store: Store) -> None:
    dead = await buried(store, payload=b'{"needed": true}')
    replay = replaying(dead)
    await store.replay([replay])
    await pruned(store, after(100))
    assert await _is_gone(store, dead)
    [claimed] = await store.claim(wish())
    assert claimed.payload == '{"needed": true}'


async def test_a_job_goes_with_the_last_of_its_runs(store: Store) -> None:
    dead = await buried(store)
    await store.replay([replaying(dead)])
    [claimed] = await store.claim(wish())
    await store.finish([succeeded(claimed, at=after(50))])
    await pruned(store, after(30))
    assert await store.job(ACME, dead.job_id) is not None
    await pruned(store, after(100))
    assert await store.job(ACME, dead.job_id) is None


async def test_a_job_that_recurs_is_kept_while_it_has_a_next_occurrence(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    await store.plan([occurrence(made.job, following=after(120), state=RunState.SKIPPED)])
    await pruned(store, after(100))
    assert await store.job(ACME, made.job.id) is not None
    assert [due.job.id for due in await store.due_jobs(after(120), 10)] == [made.job.id]


async def test_a_job_whose_schedule_ended_goes_with_its_last_run_and_its_events(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    await store.plan([occurrence(made.job, following=after(120), state=RunState.SKIPPED)])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=made.job.id)])
    await pruned(store, after(100))
    assert await store.job(ACME, made.job.id) is None
    assert await store.job_events(ACME, made.job.id) == []


async def test_events_of_a_job_that_is_kept_are_kept(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    first = occurrence(made.job, following=after(120))
    await store.plan([first])
    await store.plan([occurrence(made.job, expected=after(120), following=None, state=RunState.SKIPPED, count=2)])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=made.job.id)])
    await pruned(store, after(1000))
    assert len(await store.job_events(ACME, made.job.id)) == 1
    assert not await _is_gone(store, the_run(first))


async def test_runs_of_all_tenants_are_forgotten(store: Store) -> None:
    runs = [await _ended(store, at=after(1), tenant=tenant) for tenant in (ACME, OTHER)]
    await pruned(store, after(100))
    assert all([await _is_gone(store, run) for run in runs])


async def test_a_key_is_remembered_after_its_run_was_forgotten(store: Store) -> None:
    made = submission(key="k", key_seconds=3600)
    await store.submit([made])
    await store.finish([succeeded(run) for run in await store.claim(wish())])
    await pruned(store, after(100))
    [answer] = await store.submit([submission(key="k", created_at=after(101))])
    assert (answer.created, answer.job_id) == (False, made.job.id)


async def test_pruning_at_once_forgets_each_run_once(two_stores: tuple[Store, Store]) -> None:
    await two_stores[0].submit([submission() for _ in range(60)])
    claimed = await two_stores[0].claim(wish())
    await two_stores[0].finish([succeeded(run) for run in claimed[:50]] + [failed(run) for run in claimed[50:]])
    await asyncio.gather(*(pruned(two_stores[n % 2], after(100), 7) for n in range(10)))
    await pruned(two_stores[0], after(100))
    assert len(await two_stores[1].runs(ACME, RunFilter(), None, 100)) == 10
