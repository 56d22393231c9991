"""`SubmitStore.cancel`, `cancel_jobs` and `retry_now`: what callers may do to runs that are not over."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from foliot.domain.run import Cause, Claimed, Outcome, Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import RunRef, Store
from tests.contract.builders import (
    ACME,
    after,
    asked,
    cancelling,
    event,
    failed,
    found,
    handed_back,
    held,
    lease_lost,
    occurrence,
    recurring,
    ref,
    retried,
    started,
    stopped,
    submitted,
    succeeded,
    the_run,
    wish,
)
from tests.contract.builders import deferred as put_off

Ending = Callable[[Claimed], Outcome]


@pytest.mark.parametrize("state", [RunState.BLOCKED, RunState.PENDING, RunState.QUEUED])
async def test_a_run_that_has_not_started_is_cancelled_at_once(store: Store, state: RunState) -> None:
    made = await submitted(store, state=state, delay=0 if state is RunState.QUEUED else 60)
    assert (await store.cancel([cancelling(made, at=after(1.000001))])).before == [state]
    run = await found(store, made)
    assert (run.state, run.cause, run.finished_at) == (RunState.CANCELLED, Cause.CANCELLED, after(1.000001))
    assert run.cancel_requested_at == after(1.000001)
    assert len((await store.promote(after(3600), 10)).runs) == 0
    assert await store.claim(wish(now=after(3600))) == []


async def test_a_run_that_waits_for_its_retry_is_cancelled_at_once(store: Store) -> None:
    claimed = await started(store)
    await store.finish([retried(claimed, due_at=after(60))])
    assert (await store.cancel([cancelling(claimed)])).before == [RunState.RETRYING]
    run = await found(store, claimed)
    assert (run.state, run.attempt, run.lease) == (RunState.CANCELLED, 1, 1)
    assert len(await store.attempts(ACME, claimed.run_id)) == 1


async def test_a_running_run_is_asked_to_stop(store: Store) -> None:
    claimed = await started(store)
    assert (await store.cancel([cancelling(claimed, at=after(2.000001))])).before == [RunState.RUNNING]
    run = await found(store, claimed)
    assert (run.state, run.cancel_requested_at) == (RunState.RUNNING, after(2.000001))
    assert (await store.pulse([held(claimed)], None)).cancelling == {claimed.run_id}


async def test_the_first_request_to_cancel_is_the_one_remembered(store: Store) -> None:
    claimed = await started(store)
    await store.cancel([cancelling(claimed, at=after(2))])
    assert (await store.cancel([cancelling(claimed, at=after(3))])).before == [RunState.RUNNING]
    await store.finish([stopped(claimed, at=after(4))])
    run = await found(store, claimed)
    assert (run.state, run.cancel_requested_at, run.finished_at) == (RunState.CANCELLED, after(2), after(4))


@pytest.mark.parametrize("end", [succeeded, failed, stopped])
async def test_a_run_that_is_over_is_left_alone(store: Store, end: Ending) -> None:
    claimed = await started(store)
    await store.finish([end(claimed)])
    before = await found(store, claimed)
    assert (await store.cancel([cancelling(claimed)])).before == [before.state]
    assert await found(store, claimed) == before
    assert await store.run_events(ACME, claimed.run_id) == []


async def test_an_unknown_run_cannot_be_cancelled(store: Store) -> None:
    made = await submitted(store)
    unknown = cancelling(made)
    unknown = msgspec.structs.replace(unknown, run_id="01890000-0000-7000-8000-000000000000")
    assert (await store.cancel([unknown])).before == [None]
    assert await store.run_events(ACME, made.id) == []


async def test_who_cancelled_is_on_the_record(store: Store) -> None:
    waiting, running = await submitted(store, delay=60), await started(store, queue="other")
    requests = [cancelling(waiting), cancelling(running)]
    await store.cancel(requests)
    assert await store.run_events(ACME, waiting.id) == [requests[0].event]
    assert await store.run_events(ACME, running.run_id) == [requests[1].event]


async def test_a_batch_may_cancel_runs_of_every_state(store: Store) -> None:
    over = await started(store)
    await store.finish([succeeded(over)])
    running, pending = await started(store), await submitted(store, delay=60)
    queued = await submitted(store)
    named: list[Run | Claimed] = [queued, over, running, pending, queued]
    batch = [cancelling(run, at=after(n)) for n, run in enumerate(named)]
    states = [RunState.QUEUED, RunState.SUCCEEDED, RunState.RUNNING, RunState.PENDING, RunState.QUEUED]
    assert (await store.cancel(batch)).before == states
    assert (await found(store, queued)).finished_at == after(0)
    assert (await found(store, pending)).finished_at == after(3)
    assert (await found(store, running)).cancel_requested_at == after(2)


async def test_many_cancel_one_run_and_it_is_cancelled_once(store: Store) -> None:
    made = await submitted(store)
    answers = await asyncio.gather(*(store.cancel([cancelling(made)]) for _ in range(10)))
    assert sorted(str(state) for answer in answers for state in answer.before) == ["cancelled"] * 9 + ["queued"]


async def test_a_claim_and_a_cancel_at_once_leave_one_winner(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    for _ in range(20):
        made = await submitted(one)
        claimed, cancelled = await asyncio.gather(other.claim(wish()), one.cancel([cancelling(made)]))
        run = await found(one, made)
        expected = (RunState.RUNNING, RunState.RUNNING) if claimed else (RunState.QUEUED, RunState.CANCELLED)
        assert (*cancelled.before, run.state) == expected
        await one.finish([stopped(run) for run in claimed])


# -- a cancel that was asked for while running


@pytest.mark.parametrize(
    "go_on",
    [lambda run: retried(run, after(60)), handed_back, lease_lost, lambda run: put_off(run, after(60))],
    ids=["retry", "hand-back", "lost-lease", "deferral"],
)
async def test_a_cancel_asked_while_running_beats_a_further_attempt(store: Store, go_on: Ending) -> None:
    claimed, beside = await started(store), await started(store)
    await store.cancel([cancelling(claimed, at=after(2))])
    late = msgspec.structs.replace(go_on(claimed), at=after(20))
    assert (await store.finish([go_on(beside), late])).lost == frozenset()
    run = await found(store, claimed)
    assert (run.state, run.cause) == (RunState.CANCELLED, Cause.CANCELLED)
    assert (run.cancel_requested_at, run.finished_at) == (after(2), after(20))
    assert len(await store.attempts(ACME, claimed.run_id)) == 1
    assert not (await found(store, beside)).state.is_over


@pytest.mark.parametrize(("end", "state"), [(succeeded, RunState.SUCCEEDED), (failed, RunState.FAILED)])
async def test_an_attempt_that_ends_before_it_hears_of_the_cancel_ends_as_it_did(
    store: Store, end: Ending, state: RunState
) -> None:
    claimed = await started(store)
    await store.cancel([cancelling(claimed)])
    await store.finish([end(claimed)])
    assert (await found(store, claimed)).state is state


async def test_a_lost_lease_does_not_cancel_by_its_old_holder(store: Store) -> None:
    first = await started(store)
    await store.finish([lease_lost(first)])
    await store.claim(wish(worker="worker-2"))
    await store.cancel([cancelling(first)])
    assert (await store.finish([retried(first, after(60))])).lost == {first.run_id}
    assert (await found(store, first)).state is RunState.RUNNING


# -- jobs


async def test_a_cancelled_job_has_no_further_occurrence(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    told = event(EventType.JOB_CANCELLED, job_id=made.job.id)
    assert await store.cancel_jobs([told]) == [JobState.ACTIVE]
    job = await store.job(ACME, made.job.id)
    assert job is not None
    assert (job.state, job.next_at) == (JobState.CANCELLED, None)
    assert await store.due_jobs(after(3600), 10) == []
    assert (await store.plan([occurrence(made.job, following=after(120))])).kept == []
    assert await store.job_events(ACME, made.job.id) == [told]


async def test_cancelling_a_job_leaves_its_runs_to_be_cancelled_one_by_one(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    planned = occurrence(made.job, following=after(120))
    await store.plan([planned])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=made.job.id)])
    assert (await found(store, the_run(planned))).state is RunState.QUEUED
    assert await store.live_runs(ACME, made.job.id) == [the_run(planned).id]


async def test_a_job_is_cancelled_once(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    first, second = (event(EventType.JOB_CANCELLED, job_id=made.job.id) for _ in range(2))
    await store.cancel_jobs([first])
    assert await store.cancel_jobs([second]) == [JobState.CANCELLED]
    assert await store.job_events(ACME, made.job.id) == [first]


async def test_a_completed_job_is_left_alone(store: Store) -> None:
    claimed = await started(store)
    await store.finish([succeeded(claimed)])
    told = event(EventType.JOB_CANCELLED, job_id=claimed.job_id)
    assert await store.cancel_jobs([told]) == [JobState.COMPLETED]
    job = await store.job(ACME, claimed.job_id)
    assert job is not None
    assert job.state is JobState.COMPLETED
    assert await store.job_events(ACME, claimed.job_id) == []


async def test_an_unknown_job_cannot_be_cancelled(store: Store) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    assert await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=unknown)]) == [None]


# -- retry now


async def test_a_pending_run_is_made_due_now(store: Store) -> None:
    made = await submitted(store, delay=60)
    told = asked(EventType.RUN_RETRY_REQUESTED, made)
    assert await store.retry_now([(ref(made), told)], after(1.000001)) == [RunState.PENDING]
    run = await found(store, made)
    assert (run.state, run.due_at, run.queued_at) == (RunState.QUEUED, after(1.000001), after(1.000001))
    assert await store.run_events(ACME, made.id) == [told]


async def test_a_retrying_run_is_made_due_now(store: Store) -> None:
    claimed = await started(store)
    await store.finish([retried(claimed, after(60))])
    told = asked(EventType.RUN_RETRY_REQUESTED, claimed)
    assert await store.retry_now([(ref(claimed), told)], after(2)) == [RunState.RETRYING]
    [again] = await store.claim(wish(now=after(2)))
    assert (again.attempt, again.due_at) == (2, after(2))


async def test_runs_that_do_not_wait_are_not_made_due(store: Store) -> None:
    over, running = await started(store), await started(store)
    await store.finish([succeeded(over)])
    queued, blocked = await submitted(store), await submitted(store, state=RunState.BLOCKED, delay=60)
    runs: list[Run | Claimed] = [over, running, queued, blocked]
    before = [await found(store, run) for run in runs]
    batch = [(ref(run), asked(EventType.RUN_RETRY_REQUESTED, run)) for run in runs]
    unknown = (RunRef(ACME, "01890000-0000-7000-8000-000000000000"), batch[0][1])
    answers = await store.retry_now([*batch, unknown], after(9))
    assert answers == [None, RunState.RUNNING, RunState.QUEUED, RunState.BLOCKED, None]
    assert [await found(store, run) for run in runs] == before
    assert [await store.run_events(ACME, ref(run).run_id) for run in runs] == [[], [], [], []]
