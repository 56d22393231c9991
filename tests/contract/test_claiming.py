"""`EngineStore.claim`: who gets which run, and what comes with it."""

import asyncio
from collections import Counter
from random import Random

import msgspec
import pytest

from foliot.domain.policy import Overrides
from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.states import RunState
from foliot.ports import Store
from tests.contract.builders import (
    ACME,
    NOW,
    OTHER,
    after,
    found,
    handed_back,
    started,
    submission,
    submitted,
    wish,
)


async def test_a_claimed_run_comes_with_all_that_its_worker_needs(store: Store) -> None:
    overrides = Overrides(timeout_seconds=5)
    made = submission(type="t", queue="q", payload='{"ä": 1}'.encode(), max_attempts=7, overrides=overrides)
    await store.submit([made])
    [claimed] = await store.claim(wish(queues=["q"]))
    assert (claimed.run_id, claimed.job_id, claimed.tenant_id) == (made.job.id, made.job.id, ACME)
    assert (claimed.type, claimed.queue, claimed.payload) == ("t", "q", '{"ä": 1}')
    assert (claimed.due_at, claimed.attempt, claimed.max_attempts, claimed.lease) == (NOW, 1, 7, 1)
    assert claimed.overrides == overrides


async def test_a_claimed_run_is_running_under_its_lease(store: Store) -> None:
    made = await submitted(store)
    await store.claim(wish(worker="w", now=after(2.000001), lease_until=after(17.000002)))
    run = await found(store, made)
    assert (run.state, run.worker, run.attempt, run.lease) == (RunState.RUNNING, "w", 1, 1)
    assert (run.started_at, run.lease_until, run.queued_at) == (after(2.000001), after(17.000002), NOW)


async def test_only_runs_of_the_wanted_types_are_claimed(store: Store) -> None:
    await store.submit([submission(type=name) for name in ("a", "b", "c", "a")])
    assert await store.claim(wish(types=[])) == []
    assert [run.type for run in await store.claim(wish(types=["a", "c"]))] == ["a", "c", "a"]
    assert [run.type for run in await store.claim(wish())] == ["b"]


async def test_what_is_claimed_cannot_be_claimed_again(store: Store) -> None:
    await started(store)
    assert await store.claim(wish(worker="another")) == []


async def test_only_queued_runs_are_claimed(store: Store) -> None:
    await store.submit([submission(delay=60), submission(state=RunState.BLOCKED, delay=60)])
    assert await store.claim(wish(now=after(3600))) == []


async def test_only_the_named_queues_are_claimed(store: Store) -> None:
    await store.submit([submission(queue="mail"), submission(queue="video"), submission(queue="mail 2")])
    claimed = await store.claim(wish(queues=["mail", "nothing"]))
    assert [run.queue for run in claimed] == ["mail"]
    assert await store.claim(wish(queues=[])) == []


async def test_the_limit_counts_over_all_queues(store: Store) -> None:
    await store.submit([submission(queue=queue) for queue in ("a", "b", "c") for _ in range(4)])
    assert len(await store.claim(wish(queues=["a", "b", "c"], limit=6))) == 6
    assert await store.claim(wish(queues=["a", "b", "c"], limit=0)) == []
    assert len(await store.claim(wish(queues=["a", "b", "c"]))) == 6


async def test_each_claim_has_a_new_lease_and_the_next_attempt(store: Store) -> None:
    first = await started(store)
    await store.finish([handed_back(first)])
    [second] = await store.claim(wish())
    assert (first.lease, second.lease) == (1, 2)
    assert (first.attempt, second.attempt) == (1, 1)


async def test_runs_of_all_tenants_are_claimed(store: Store) -> None:
    await store.submit([submission(tenant=ACME), submission(tenant=OTHER)])
    assert {run.tenant_id for run in await store.claim(wish())} == {ACME, OTHER}


# -- order


async def test_the_oldest_due_run_is_first(store: Store) -> None:
    late, early, middle = [await submitted(store, due_at=after(-n), created_at=NOW) for n in (1, 3, 2)]
    claimed = [(await store.claim(wish(limit=1)))[0].run_id for _ in range(3)]
    assert claimed == [early.id, middle.id, late.id]


async def test_runs_of_one_batch_with_the_same_time_keep_their_order(store: Store) -> None:
    batch = [submission() for _ in range(50)]
    await store.submit(batch)
    claimed = [run.run_id for limit in (1, 2, 7, 40) for run in await store.claim(wish(limit=limit))]
    assert claimed == [made.job.id for made in batch]


async def test_a_claim_of_one_takes_the_most_urgent(store: Store) -> None:
    made = {(await submitted(store, priority=priority)).id: priority for priority in reversed(Priority)}
    claimed = [(await store.claim(wish(limit=1)))[0].run_id for _ in Priority]
    assert [made[run_id] for run_id in claimed] == list(Priority)


async def test_a_large_claim_is_shared_by_weight(store: Store) -> None:
    urgency = await _backlog(store, 100)
    claimed = await store.claim(wish(limit=sum(WEIGHTS.values())))
    assert Counter(urgency[run.run_id] for run in claimed) == WEIGHTS


async def test_within_a_priority_the_oldest_are_taken_from_a_mixed_backlog(store: Store) -> None:
    batch = [submission(priority=priority) for _ in range(60) for priority in Priority]
    await store.submit(batch)
    claimed = {run.run_id for run in await store.claim(wish(limit=30))}
    for priority in Priority:
        taken = [made.job.id in claimed for made in batch if made.job.priority is priority]
        assert taken == sorted(taken, reverse=True), f"{priority} was not served oldest first"


async def test_low_never_starves_though_each_claim_takes_one(store: Store) -> None:
    urgency = await _backlog(store, 1_000)
    random, served = Random(6), Counter[Priority]()
    for _ in range(1_000):
        draws = {priority: (random.random(), float(weight)) for priority, weight in WEIGHTS.items()}
        [claimed] = await store.claim(wish(limit=1, handicaps=draws))
        served[urgency[claimed.run_id]] += 1
    assert served[Priority.LOW] >= 3
    assert served[Priority.CRITICAL] > served[Priority.HIGH] > served[Priority.DEFAULT] > served[Priority.LOW]


async def test_a_handicap_decides_between_priorities(store: Store) -> None:
    low = await submitted(store, priority=Priority.LOW)
    await submitted(store, priority=Priority.CRITICAL)
    lucky = {Priority.CRITICAL: (0.0, 64.0), Priority.LOW: (0.999, 1.0)}
    [claimed] = await store.claim(wish(limit=1, handicaps=lucky))
    assert claimed.run_id == low.id


# -- many at once


@pytest.mark.parametrize("limit", [1, 7])
async def test_no_run_is_handed_out_twice(store: Store, limit: int) -> None:
    batch = [submission(queue=queue) for queue in ("a", "b") for _ in range(100)]
    await store.submit(batch)
    claimed = await _claim_all([store], limit)
    assert sorted(claimed) == sorted(made.job.id for made in batch)


async def test_two_processes_never_get_the_same_run(two_stores: tuple[Store, Store]) -> None:
    batch = [submission(queue=queue) for queue in ("a", "b") for _ in range(150)]
    await two_stores[0].submit(batch)
    claimed = await _claim_all(two_stores, 3)
    assert sorted(claimed) == sorted(made.job.id for made in batch)


async def test_what_is_submitted_while_workers_claim_is_claimed_once(two_stores: tuple[Store, Store]) -> None:
    batches = [[submission(queue="a") for _ in range(10)] for _ in range(20)]
    claimed: list[str] = []

    async def work(store: Store) -> None:
        async with asyncio.timeout(20):
            while len(claimed) < 200:
                claimed.extend(run.run_id for run in await store.claim(wish(queues=["a"], limit=4)))

    await asyncio.gather(*(store.submit(batch) for batch, store in zip(batches, two_stores * 10, strict=True)),
                         *(work(store) for store in two_stores * 2))  # fmt: skip
    assert sorted(claimed) == sorted(made.job.id for batch in batches for made in batch)


async def _backlog(store: Store, each: int) -> dict[str, Priority]:
    """So many queued runs of each priority; the priority of each run."""
    batch = [submission(priority=priority) for priority in Priority for _ in range(each)]
    await store.submit(batch)
    return {made.job.id: made.job.priority for made in batch}


async def _claim_all(stores: list[Store] | tuple[Store, ...], limit: int) -> list[str]:
    """What ten workers, spread over the stores, get until nothing is left."""
    claimed: list[str] = []

    async def work(number: int) -> None:
        request = wish(worker=f"worker-{number}", queues=["a", "b"] if number % 2 else ["b", "a"], limit=limit)
        while got := await stores[number % len(stores)].claim(request):
            claimed.extend(run.run_id for run in got)

    await asyncio.gather(*(work(number) for number in range(10)))
    return claimed


async def test_a_look_that_begins_later_may_overlook_what_was_due_before_and_the_next_does_not(store: Store) -> None:
    old, new = submission(), submission(due_at=after(60), state=RunState.QUEUED)
    await store.submit([old, new])
    look = wish(now=after(61))
    claimed = await store.claim(msgspec.structs.replace(look, since={("default", Priority.DEFAULT): after(50)}))
    assert new.job.id in {run.run_id for run in claimed}
    claimed += await store.claim(look)
    assert sorted(run.run_id for run in claimed) == sorted([old.job.id, new.job.id])
