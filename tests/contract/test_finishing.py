"""`EngineStore.finish`: an attempt ends once, under its lease, and its run becomes what the outcome says."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from foliot.domain.run import Cause, Claimed, Failure, Outcome
from foliot.domain.states import RunState
from foliot.ports import RunFilter, RunRef, Store
from tests.contract.builders import (
    ACME,
    BROKEN,
    NOW,
    after,
    deferred,
    failed,
    found,
    handed_back,
    held,
    lease_lost,
    outcome,
    ref,
    retried,
    started,
    stopped,
    submission,
    submitted,
    succeeded,
    wish,
)


async def test_a_run_that_succeeded_is_over_with_its_result(store: Store) -> None:
    claimed = await started(store)
    assert (await store.finish([succeeded(claimed, at=after(3.000001), result=b'{"sum": 42}')])).lost == frozenset()
    run = await found(store, claimed)
    assert (run.state, run.cause, run.result, run.error) == (RunState.SUCCEEDED, Cause.RETURNED, b'{"sum": 42}', None)
    assert (run.queued_at, run.started_at, run.finished_at) == (NOW, NOW, after(3.000001))
    assert (run.attempt, run.lease, run.worker) == (1, 1, "worker-1")


async def test_a_run_that_failed_is_over_with_its_error(store: Store) -> None:
    claimed = await started(store)
    error = Failure("timed_out", "too slow \x00 ☃ \U0001f600", "builtins.TimeoutError", 'File "x", line 1\n\tfoo()')
    await store.finish([outcome(claimed, RunState.FAILED, Cause.TIMED_OUT, error=error)])
    run = await found(store, claimed)
    assert (run.state, run.cause, run.error) == (RunState.FAILED, Cause.TIMED_OUT, error)


async def test_a_run_that_was_stopped_is_cancelled(store: Store) -> None:
    claimed = await started(store)
    await store.finish([stopped(claimed)])
    run = await found(store, claimed)
    assert (run.state, run.cause) == (RunState.CANCELLED, Cause.CANCELLED)


@pytest.mark.parametrize(
    "result", [None, b"null", b'  [1,  2]\n', '"\u2028 é 𝄞 \\u0000"'.encode(), b'"' + b"x" * 500_000 + b'"'],
    ids=["none", "null", "layout", "unicode", "half-MB"],
)  # fmt: skip
async def test_a_result_is_kept_to_the_byte(store: Store, result: bytes | None) -> None:
    claimed = await started(store)
    await store.finish([succeeded(claimed, result=result)])
    assert (await found(store, claimed)).result == result
    [ended] = await store.ended([ref(claimed)])
    assert ended.result == result


async def test_ended_tells_only_of_runs_that_are_over(store: Store) -> None:
    over = await started(store)
    await store.finish([succeeded(over)])
    waiting = await submitted(store)
    assert await store.ended([ref(waiting), ref(over), RunRef(ACME, "unknown")]) == [await found(store, over)]


# -- outcomes after which the run goes on


async def test_a_retry_waits_for_its_time(store: Store) -> None:
    claimed = await started(store)
    assert (await store.finish([retried(claimed, due_at=after(30.000001))])).lost == frozenset()
    run = await found(store, claimed)
    assert (run.state, run.due_at, run.attempt) == (RunState.RETRYING, after(30.000001), 1)
    assert (run.queued_at, run.started_at, run.worker, run.lease_until) == (None, None, None, None)
    assert await store.claim(wish(now=after(29))) == []


async def test_a_retry_is_the_next_attempt(store: Store) -> None:
    claimed = await started(store)
    await store.finish([retried(claimed, due_at=after(30))])
    await store.promote(after(30), 100)
    [again] = await store.claim(wish(now=after(30)))
    assert (again.run_id, again.attempt, again.lease, again.due_at) == (claimed.run_id, 2, 2, after(30))


async def test_what_was_handed_back_is_queued_again_as_if_never_tried(store: Store) -> None:
    claimed = await started(store)
    await store.finish([handed_back(claimed, at=after(5))])
    run = await found(store, claimed)
    assert (run.state, run.attempt, run.due_at, run.queued_at) == (RunState.QUEUED, 0, NOW, after(5))
    [again] = await store.claim(wish())
    assert (again.attempt, again.lease) == (1, 2)


async def test_what_was_handed_back_keeps_its_place(store: Store) -> None:
    claimed = await started(store)
    younger = await submitted(store, created_at=after(1))
    await store.finish([handed_back(claimed, at=after(5))])
    assert [run.run_id for run in await store.claim(wish())] == [claimed.run_id, younger.id]


async def test_a_lost_lease_is_queued_again_and_burns_its_attempt(store: Store) -> None:
    claimed = await started(store)
    await store.finish([lease_lost(claimed, at=after(20))])
    run = await found(store, claimed)
    assert (run.state, run.attempt, run.queued_at) == (RunState.QUEUED, 1, after(20))
    [again] = await store.claim(wish())
    assert (again.attempt, again.lease) == (2, 2)


async def test_what_was_deferred_waits_as_if_never_tried(store: Store) -> None:
    claimed = await started(store)
    await store.finish([deferred(claimed, due_at=after(60))])
    run = await found(store, claimed)
    assert (run.state, run.attempt, run.due_at, run.queued_at) == (RunState.PENDING, 0, after(60), None)
    assert len((await store.promote(after(60), 100)).runs) == 1
    [again] = await store.claim(wish(now=after(60)))
    assert (again.attempt, again.lease) == (1, 2)


async def test_each_ended_attempt_is_kept_with_its_times_and_its_reason(store: Store) -> None:
    first = await started(store)
    await store.finish([retried(first, at=after(1.000001), due_at=after(30.000001))])
    await store.promote(after(31), 10)
    [second] = await store.claim(wish(worker="worker-2", now=after(31.5)))
    await store.finish([handed_back(second, at=after(32))])
    one, two = await store.attempts(ACME, first.run_id)
    assert (one.number, one.lease, one.worker, one.state) == (1, 1, "worker-1", RunState.RETRYING)
    assert (one.cause, one.error, one.retry_at) == (Cause.RAISED, BROKEN, after(30.000001))
    assert (one.due_at, one.queued_at, one.started_at, one.ended_at) == (NOW, NOW, NOW, after(1.000001))
    assert (two.number, two.lease, two.worker, two.state) == (2, 2, "worker-2", RunState.QUEUED)
    assert (two.cause, two.error, two.retry_at) == (Cause.HANDED_BACK, None, None)
    assert (two.due_at, two.queued_at, two.started_at) == (after(30.000001), after(31), after(31.5))


# -- fenced


Ending = Callable[[Claimed], Outcome]
ENDINGS = pytest.mark.parametrize(
    "late",
    [
        succeeded, failed, stopped, handed_back, lease_lost,
        lambda claimed: retried(claimed, after(60)), lambda claimed: deferred(claimed, after(60)),
    ],
    ids=["succeeded", "failed", "stopped", "handed-back", "lease-lost", "retried", "deferred"],
)  # fmt: skip


@ENDINGS
async def test_a_worker_that_lost_its_lease_changes_nothing(store: Store, late: Ending) -> None:
    first = await started(store)
    await store.finish([lease_lost(first)])
    [second] = await store.claim(wish(worker="worker-2"))
    before = await found(store, first)
    assert (await store.finish([late(first)])).lost == {first.run_id}
    assert await found(store, first) == before
    assert len(await store.attempts(ACME, first.run_id)) == 1
    assert (await store.finish([succeeded(second)])).lost == frozenset()


@ENDINGS
async def test_finishing_twice_changes_nothing(store: Store, late: Ending) -> None:
    claimed = await started(store)
    await store.finish([succeeded(claimed, result=b"1")])
    before = await found(store, claimed)
    assert (await store.finish([late(claimed)])).lost == {claimed.run_id}
    assert await found(store, claimed) == before
    assert await store.attempts(ACME, claimed.run_id) == []


@ENDINGS
async def test_a_run_that_is_queued_again_cannot_be_finished(store: Store, late: Ending) -> None:
    claimed = await started(store)
    await store.finish([lease_lost(claimed)])
    before = await found(store, claimed)
    assert (await store.finish([late(claimed)])).lost == {claimed.run_id}
    assert await found(store, claimed) == before


async def test_an_attempt_that_ends_twice_in_one_batch_ends_as_the_first_says(store: Store) -> None:
    one, other, third = await started(store), await started(store), await started(store)
    batch = [
        succeeded(one, result=b"1"), failed(one), succeeded(one, result=b"2"),
        retried(other, after(60)), lease_lost(other), handed_back(third), succeeded(third),
    ]  # fmt: skip
    assert (await store.finish(batch)).lost == frozenset()
    assert [(await found(store, run)).state for run in (one, other, third)] == [
        RunState.SUCCEEDED, RunState.RETRYING, RunState.QUEUED,
    ]  # fmt: skip
    assert (await found(store, one)).result == b"1"
    assert len(await store.attempts(ACME, other.run_id)) == 1


async def test_a_batch_may_mix_held_and_lost_leases(store: Store) -> None:
    runs = [await started(store) for _ in range(8)]
    await store.finish([lease_lost(run) for run in runs[::2]])
    batch = [
        succeeded(runs[0]), succeeded(runs[1]), retried(runs[2], after(9)), retried(runs[3], after(9)),
        failed(runs[4]), failed(runs[5]), handed_back(runs[6]), handed_back(runs[7]),
    ]  # fmt: skip
    assert (await store.finish(batch)).lost == {run.run_id for run in runs[::2]}
    assert [(await found(store, run)).state for run in runs[1::2]] == [
        RunState.SUCCEEDED, RunState.RETRYING, RunState.FAILED, RunState.QUEUED,
    ]  # fmt: skip
    assert {(await found(store, run)).state for run in runs[::2]} == {RunState.QUEUED}
    assert [dead.id for dead in await store.dead_letters(ACME, RunFilter(), None, 10)] == [runs[5].run_id]


async def test_an_old_and_a_new_lease_of_one_run_in_one_batch(store: Store) -> None:
    first = await started(store)
    await store.finish([lease_lost(first)])
    [second] = await store.claim(wish())
    assert (await store.finish([failed(first), retried(second, after(60))])).lost == frozenset()
    assert (await found(store, first)).state is RunState.RETRYING


async def test_an_outcome_of_an_unknown_run_is_lost(store: Store) -> None:
    claimed = await started(store)
    unknown = msgspec.structs.replace(succeeded(claimed), run_id="01890000-0000-7000-8000-000000000000")
    assert (await store.finish([unknown, succeeded(claimed)])).lost == {unknown.run_id}


async def test_of_many_that_finish_one_attempt_at_once_one_wins(store: Store) -> None:
    claimed = await started(store)
    answers = await asyncio.gather(*(store.finish([succeeded(claimed, result=b"%d" % n)]) for n in range(20)))
    [winner] = [n for n, answer in enumerate(answers) if not answer.lost]
    assert (await found(store, claimed)).result == b"%d" % winner


async def test_two_processes_cannot_both_finish_an_attempt(two_stores: tuple[Store, Store]) -> None:
    batch = [submission() for _ in range(50)]
    await two_stores[0].submit(batch)
    claimed = await two_stores[0].claim(wish())
    answers = await asyncio.gather(*(store.finish([succeeded(run)]) for run in claimed for store in two_stores))
    assert sum(len(answer.lost) for answer in answers) == 50


async def test_a_large_batch_of_outcomes_ends_each(store: Store) -> None:
    batch = [submission() for _ in range(1_000)]
    await store.submit(batch)
    claimed = await store.claim(wish(limit=1_000))
    assert (await store.finish([succeeded(run) for run in claimed])).lost == frozenset()
    assert len(await store.ended([ref(run) for run in claimed])) == 1_000
    assert (await store.stats()).depths == []
    assert held(claimed[0]).run_id in (await store.pulse([held(claimed[0])], after(60))).lost
