"""Jobs that wait for others: what the end of a run means for its children, and theirs, in the same transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from foliot.domain.errors import ParentEnded, UnknownParent
from foliot.domain.parents import After, Join, Parent, WaitFor
from foliot.domain.run import Cause, Claimed, Outcome, Run
from foliot.domain.states import EventType, RunState
from foliot.ports import RunRef, Store, Submission
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    cancelling,
    child,
    failed,
    found,
    handed_back,
    lease_lost,
    outcome,
    pruned,
    recurring,
    replaying,
    retried,
    started,
    stopped,
    submission,
    submitted,
    succeeded,
    wish,
)

ANY, ALL = Join.ANY, Join.ALL
Ending = Callable[[Claimed], Outcome]
END_AT = after(1)


async def _run(store: Store, of: Submission) -> Run:
    assert of.run is not None
    return await found(store, of.run)


async def _states(store: Store, those: Sequence[Submission]) -> list[RunState]:
    return [(await _run(store, of)).state for of in those]


async def _claim(store: Store, *those: Submission) -> list[Claimed]:
    """Claim all that is queued, which is to be those."""
    claimed = await store.claim(wish(limit=5_000, now=after(60)))
    assert {run.run_id for run in claimed} == {of.job.id for of in those}
    return sorted(claimed, key=lambda run: [of.job.id for of in those].index(run.run_id))


async def _graph(store: Store, *those: Submission) -> None:
    await store.submit(those)


# -- waiting and being freed


async def test_a_child_is_blocked_until_its_parent_has_succeeded(store: Store) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    run = await _run(store, waits)
    assert (run.state, run.queued_at) == (RunState.BLOCKED, None)
    [claimed] = await _claim(store, parent)
    assert not (await store.promote(after(3600), 10)).runs
    finished = await store.finish([succeeded(claimed)])
    assert [queued.run_id for queued in finished.moved.queued] == [waits.job.id]
    run = await _run(store, waits)
    assert (run.state, run.due_at, run.queued_at) == (RunState.QUEUED, END_AT, END_AT)
    [mine] = await _claim(store, waits)
    assert mine.after == After((Parent(parent.job.id),))


async def test_a_child_that_is_stored_later_waits_all_the_same(store: Store) -> None:
    claimed = await started(store)
    waits = child(claimed.job_id)
    [answer] = await store.submit([waits])
    assert not answer.is_free
    await store.finish([succeeded(claimed)])
    assert await _states(store, [waits]) == [RunState.QUEUED]


async def test_a_freed_child_waits_for_its_own_time(store: Store) -> None:
    parent = submission()
    waits = child(parent, delay=60)
    await _graph(store, parent, waits)
    [claimed] = await _claim(store, parent)
    finished = await store.finish([succeeded(claimed)])
    assert (finished.moved.queued, finished.moved.has_pending) == ([], True)
    run = await _run(store, waits)
    assert (run.state, run.due_at) == (RunState.PENDING, after(60))
    promoted = await store.promote(after(60), 10)
    assert [queued.run_id for queued in promoted.runs] == [waits.job.id]


async def test_that_a_child_was_freed_and_by_whom_is_told(store: Store) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    await store.finish([succeeded(run) for run in await _claim(store, parent)])
    [told] = await store.run_events(ACME, waits.job.id)
    assert (told.type, told.at) == (EventType.RUN_UNBLOCKED, END_AT)
    assert told.data == {"parent": parent.job.id, "state": "succeeded", "wait_for": "succeeded"}


async def test_a_child_knows_its_parents_and_a_parent_its_children(store: Store) -> None:
    parent = submission()
    children = [child(parent), child(parent, wait_for=WaitFor.FINISHED)]
    await _graph(store, parent, *children)
    links = await store.children([RunRef(ACME, parent.job.id)])
    assert {(link.child_id, link.wait_for) for link in links} == {
        (children[0].job.id, WaitFor.SUCCEEDED),
        (children[1].job.id, WaitFor.FINISHED),
    }
    job = await store.job(ACME, children[1].job.id)
    assert job is not None
    assert job.after == After((Parent(parent.job.id, WaitFor.FINISHED),))
    standing = await store.standing([RunRef(ACME, parent.job.id), RunRef(ACME, children[0].job.id)])
    assert {each.run_id: each.state for each in standing} == {
        parent.job.id: RunState.QUEUED,
        children[0].job.id: RunState.BLOCKED,
    }


@pytest.mark.parametrize(
    ("wait_for", "end", "becomes"),
    [
        (WaitFor.SUCCEEDED, succeeded, RunState.QUEUED),
        (WaitFor.SUCCEEDED, failed, RunState.SKIPPED),
        (WaitFor.SUCCEEDED, stopped, RunState.SKIPPED),
        (WaitFor.FAILED, succeeded, RunState.SKIPPED),
        (WaitFor.FAILED, failed, RunState.QUEUED),
        (WaitFor.CANCELLED, failed, RunState.SKIPPED),
        (WaitFor.CANCELLED, stopped, RunState.QUEUED),
        (WaitFor.FINISHED, succeeded, RunState.QUEUED),
        (WaitFor.FINISHED, failed, RunState.QUEUED),
        (WaitFor.FINISHED, stopped, RunState.QUEUED),
    ],
)
async def test_what_is_waited_for_decides(store: Store, wait_for: WaitFor, end: Ending, becomes: RunState) -> None:
    parent = submission()
    waits = child(parent, wait_for=wait_for)
    await _graph(store, parent, waits)
    await store.finish([end(run) for run in await _claim(store, parent)])
    assert await _states(store, [waits]) == [becomes]


@pytest.mark.parametrize("goes_on", [lambda run: retried(run, after(30)), handed_back, lease_lost])
async def test_an_attempt_that_another_follows_frees_nobody(store: Store, goes_on: Ending) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    [claimed] = await store.claim(wish())
    assert not (await store.finish([goes_on(claimed)])).lost
    assert await _states(store, [waits]) == [RunState.BLOCKED]


async def test_a_lost_lease_that_was_the_last_rules_the_children_out(store: Store) -> None:
    parent = submission(max_attempts=1)
    waits = child(parent)
    await _graph(store, parent, waits)
    [claimed] = await store.claim(wish())
    over = outcome(claimed, RunState.FAILED, Cause.LEASE_LOST, at=after(16))
    finished = await store.finish([over])
    assert finished.moved.over == [waits.job.id]
    assert await _states(store, [waits]) == [RunState.SKIPPED]


async def test_whoever_has_lost_the_lease_frees_nobody(store: Store) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    [claimed] = await store.claim(wish())
    await store.finish([lease_lost(claimed)])
    finished = await store.finish([succeeded(claimed)])
    assert finished.lost == {claimed.run_id}
    assert not finished.moved.queued
    assert await _states(store, [waits]) == [RunState.BLOCKED]


async def test_a_batch_of_parents_and_others_ends_each(store: Store) -> None:
    parent, plain, again, lost = (submission() for _ in range(4))
    waits = child(parent)
    await _graph(store, parent, plain, again, lost, waits)
    runs = await _claim(store, parent, plain, again, lost)
    await store.finish([succeeded(runs[3])])
    finished = await store.finish(
        [succeeded(runs[0]), failed(runs[1]), retried(runs[2], after(90)), succeeded(runs[3])]
    )
    assert finished.lost == {lost.job.id}
    assert await _states(store, [parent, plain, again, waits]) == [
        RunState.SUCCEEDED, RunState.FAILED, RunState.RETRYING, RunState.QUEUED,
    ]  # fmt: skip


# -- joins


async def test_all_parents_are_waited_for(store: Store) -> None:
    parents = [submission() for _ in range(3)]
    waits = child(*parents)
    await _graph(store, *parents, waits)
    for run in await _claim(store, *parents):
        assert await _states(store, [waits]) == [RunState.BLOCKED]
        await store.finish([succeeded(run)])
    assert await _states(store, [waits]) == [RunState.QUEUED]


async def test_parents_that_end_together_free_a_child_once(store: Store) -> None:
    parents = [submission() for _ in range(3)]
    waits = child(*parents)
    await _graph(store, *parents, waits)
    finished = await store.finish([succeeded(run) for run in await _claim(store, *parents)])
    assert [run.run_id for run in finished.moved.queued] == [waits.job.id]
    assert len(await store.run_events(ACME, waits.job.id)) == 1


async def test_any_parent_is_enough(store: Store) -> None:
    parents = [submission() for _ in range(3)]
    waits = child(*parents, join=ANY)
    await _graph(store, *parents, waits)
    first, second, third = await _claim(store, *parents)
    await store.finish([failed(first)])
    assert await _states(store, [waits]) == [RunState.BLOCKED]
    await store.finish([succeeded(second)])
    [mine] = await _claim(store, waits)
    assert not (await store.finish([succeeded(third)])).moved.queued
    assert mine.run_id == waits.job.id


async def test_when_every_parent_of_any_has_missed_the_child_is_ruled_out(store: Store) -> None:
    parents = [submission() for _ in range(3)]
    waits = child(*parents, join=ANY)
    await _graph(store, *parents, waits)
    for run in await _claim(store, *parents):
        assert await _states(store, [waits]) == [RunState.BLOCKED]
        await store.finish([failed(run)])
    assert await _states(store, [waits]) == [RunState.SKIPPED]


@pytest.mark.parametrize("join", Join)
async def test_two_parents_that_end_at_once_free_a_child_exactly_once(
    two_stores: tuple[Store, Store], join: Join
) -> None:
    one, other = two_stores
    for _ in range(10):
        parents = [submission() for _ in range(2)]
        waits = child(*parents, join=join)
        await _graph(one, *parents, waits)
        mine, theirs = await _claim(one, *parents)
        answers = await asyncio.gather(one.finish([succeeded(mine)]), other.finish([succeeded(theirs)]))
        assert [len(answer.moved.queued) for answer in answers].count(1) == 1
        assert len(await one.run_events(ACME, waits.job.id)) == 1
        await one.finish([succeeded(run) for run in await _claim(one, waits)])


# -- ruling out


async def test_a_child_that_can_never_run_is_skipped_and_told_why(store: Store) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    finished = await store.finish([failed(run) for run in await _claim(store, parent)])
    assert (finished.moved.over, finished.moved.queued) == ([waits.job.id], [])
    run = await _run(store, waits)
    assert (run.state, run.cause, run.finished_at) == (RunState.SKIPPED, Cause.PARENT, END_AT)
    [told] = await store.run_events(ACME, waits.job.id)
    assert told.type is EventType.RUN_RULED_OUT
    assert told.data == {"parent": parent.job.id, "state": "failed", "wait_for": "succeeded"}


async def test_ruling_out_ripples_to_all_who_come_after(store: Store) -> None:
    head = submission()
    second = child(head)
    third, cleanup = child(second), child(second, wait_for=WaitFor.FINISHED)
    fourth, last = child(third, head), child(cleanup)
    await _graph(store, head, second, third, cleanup, fourth, last)
    finished = await store.finish([failed(run) for run in await _claim(store, head)])
    assert await _states(store, [second, third, fourth]) == [RunState.SKIPPED] * 3
    assert await _states(store, [cleanup, last]) == [RunState.QUEUED, RunState.BLOCKED]
    assert set(finished.moved.over) == {second.job.id, third.job.id, fourth.job.id}


async def test_a_dead_letter_that_is_replayed_does_not_bring_its_children_back(store: Store) -> None:
    parent = submission()
    waits = child(parent)
    await _graph(store, parent, waits)
    await store.finish([failed(run) for run in await _claim(store, parent)])
    dead = await _run(store, parent)
    await store.replay([replaying(dead)])
    [again] = await store.claim(wish(now=after(60)))
    assert not (await store.finish([succeeded(again)])).moved.queued
    assert await _states(store, [waits]) == [RunState.SKIPPED]


# -- submitting


@pytest.mark.parametrize("delay", [0, 60])
async def test_a_parent_that_has_succeeded_already_counts(store: Store, delay: float) -> None:
    claimed = await started(store)
    await store.finish([succeeded(claimed)])
    waits = child(claimed.job_id, delay=delay)
    [answer] = await store.submit([waits])
    assert answer.is_free
    run = await _run(store, waits)
    assert run.state is (RunState.PENDING if delay else RunState.QUEUED)
    assert run.due_at == after(delay)


async def test_of_several_parents_those_that_are_over_count(store: Store) -> None:
    claimed, parent = await started(store), submission()
    await store.finish([succeeded(claimed)])
    waits = child(claimed.job_id, parent)
    assert [answer.is_free for answer in await store.submit([parent, waits])] == [False, False]
    assert await _states(store, [waits]) == [RunState.BLOCKED]
    await store.finish([succeeded(run) for run in await _claim(store, parent)])
    assert await _states(store, [waits]) == [RunState.QUEUED]


@pytest.mark.parametrize(("end", "wait_for"), [(failed, WaitFor.SUCCEEDED), (succeeded, WaitFor.FAILED)])
@pytest.mark.parametrize("join", Join)
async def test_a_parent_that_has_ended_otherwise_is_refused(
    store: Store, end: Ending, wait_for: WaitFor, join: Join
) -> None:
    claimed = await started(store)
    await store.finish([end(claimed)])
    beside, refused = submission(), child(claimed.job_id, wait_for=wait_for, join=join)
    with pytest.raises(ParentEnded, match=claimed.job_id):
        await store.submit([beside, refused])
    assert await store.job(ACME, refused.job.id) is None
    assert await store.job(ACME, beside.job.id) is None


async def test_any_of_several_may_have_missed_while_one_is_left(store: Store) -> None:
    claimed, parent = await started(store), submission()
    await store.finish([failed(claimed)])
    waits = child(claimed.job_id, parent, join=ANY)
    await store.submit([parent, waits])
    assert await _states(store, [waits]) == [RunState.BLOCKED]
    await store.finish([failed(run) for run in await _claim(store, parent)])
    assert await _states(store, [waits]) == [RunState.SKIPPED]


async def test_a_parent_that_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(UnknownParent):
        await store.submit([child("01890000-0000-7000-8000-000000000000")])
    with pytest.raises(UnknownParent):
        await store.submit([child("no id at all")])


async def test_a_parent_that_recurs_is_refused(store: Store) -> None:
    recurs = recurring()
    await store.submit([recurs])
    with pytest.raises(UnknownParent):
        await store.submit([child(recurs)])
    with pytest.raises(UnknownParent):
        await store.submit([again := recurring(), child(again)])


async def test_a_parent_of_another_tenant_is_refused(store: Store) -> None:
    theirs, over = await submitted(store, tenant=OTHER), await started(store, tenant=OTHER, queue="theirs")
    await store.finish([succeeded(over)])
    for parent in (theirs.id, over.run_id):
        with pytest.raises(UnknownParent):
            await store.submit([child(parent)])
    assert not await store.children([RunRef(OTHER, theirs.id), RunRef(ACME, theirs.id)])
    with pytest.raises(UnknownParent):
        await store.submit([mine := submission(), child(mine, tenant=OTHER)])


async def test_a_member_whose_key_is_known_stands_for_the_first_job(store: Store) -> None:
    first = submission(key="once")
    await store.submit([first])
    again = submission(key="once")
    waits = child(again)
    answers = await store.submit([again, waits])
    assert [answer.created for answer in answers] == [False, True]
    await store.finish([succeeded(run) for run in await _claim(store, first)])
    [mine] = await _claim(store, waits)
    assert mine.after == After((Parent(first.job.id),))


async def test_a_child_whose_key_is_known_is_not_stored_again(store: Store) -> None:
    parent = submission()
    first, again = child(parent, key="once"), child(parent, key="once")
    await store.submit([parent, first])
    [answer] = await store.submit([again])
    assert (answer.job_id, answer.created, answer.is_free) == (first.job.id, False, False)
    assert len(await store.children([RunRef(ACME, parent.job.id)])) == 1


async def test_a_parent_that_ends_while_its_child_is_submitted_strands_nobody(
    two_stores: tuple[Store, Store],
) -> None:
    one, other = two_stores
    for _ in range(20):
        [claimed] = [await started(one)]
        children = [child(claimed.job_id) for _ in range(4)]
        await asyncio.gather(
            *(one.submit([waits]) for waits in children[:2]),
            other.finish([succeeded(claimed)]),
            *(one.submit([waits]) for waits in children[2:]),
        )
        assert await _states(one, children) == [RunState.QUEUED] * 4
        await one.finish([succeeded(run) for run in await one.claim(wish(now=after(60)))])


async def test_a_parent_that_fails_while_its_child_is_submitted_strands_nobody(
    two_stores: tuple[Store, Store],
) -> None:
    one, other = two_stores
    for _ in range(20):
        [claimed] = [await started(one)]
        waits = child(claimed.job_id)
        answers: Any = await asyncio.gather(
            one.submit([waits]), other.finish([failed(claimed)]), return_exceptions=True
        )
        if isinstance(answers[0], ParentEnded):
            assert await one.job(ACME, waits.job.id) is None
        else:
            assert await _states(one, [waits]) == [RunState.SKIPPED]


async def test_a_grandchild_that_is_submitted_while_its_parent_is_ruled_out_is_not_stranded(
    two_stores: tuple[Store, Store],
) -> None:
    one, other = two_stores
    for _ in range(20):
        [head] = [await started(one)]
        middle = child(head.job_id)
        await one.submit([middle])
        last = child(middle)
        answers: Any = await asyncio.gather(one.submit([last]), other.finish([failed(head)]), return_exceptions=True)
        if isinstance(answers[0], ParentEnded):
            assert await one.job(ACME, last.job.id) is None
        else:
            assert await _states(one, [last]) == [RunState.SKIPPED]


# -- cancelling


async def test_cancelling_a_parent_cancels_all_that_have_not_started(store: Store) -> None:
    head = submission()
    middle = [child(head), child(head)]
    last = child(*middle)
    await _graph(store, head, *middle, last)
    assert head.run is not None
    cancelled = await store.cancel([cancelling(head.run, at=after(2))])
    assert cancelled.before == [RunState.QUEUED]
    assert await _states(store, [head, *middle, last]) == [RunState.CANCELLED] * 4
    assert set(cancelled.moved.over) == {of.job.id for of in (*middle, last)}
    run = await _run(store, last)
    assert (run.finished_at, run.cancel_requested_at) == (after(2), after(2))
    [told] = await store.run_events(ACME, last.job.id)
    assert told.type is EventType.RUN_CANCEL_REQUESTED
    assert told.data == {"by": "ada", "ancestor": head.job.id}


async def test_cancelling_a_running_parent_cancels_its_children_at_once(store: Store) -> None:
    head = submission()
    middle, last = child(head), submission()
    await _graph(store, head, middle, last)
    [running, _] = await _claim(store, head, last)
    await store.submit([late := child(middle)])
    await store.cancel([cancelling(running)])
    assert await _states(store, [head, middle, late]) == [RunState.RUNNING, *[RunState.CANCELLED] * 2]
    assert not (await store.finish([succeeded(running)])).moved.queued
    assert await _states(store, [middle]) == [RunState.CANCELLED]


async def test_cancelling_a_parent_that_is_over_reaches_what_comes_after(store: Store) -> None:
    head = submission()
    first, second = child(head), child(head)
    last = child(first)
    await _graph(store, head, first, second, last)
    [done] = await _claim(store, head)
    await store.finish([succeeded(done)])
    running, *_ = await store.claim(wish(limit=1, now=after(60)))
    cancelled = await store.cancel([cancelling(done)])
    assert cancelled.before == [RunState.SUCCEEDED]
    states = dict(zip((first.job.id, second.job.id), await _states(store, [first, second]), strict=True))
    assert states.pop(running.run_id) is RunState.RUNNING
    assert list(states.values()) == [RunState.CANCELLED]
    assert await _states(store, [last]) == [RunState.CANCELLED]


async def test_what_waits_for_a_cancel_comes_after_it(store: Store) -> None:
    head = submission()
    wants = [WaitFor.SUCCEEDED, WaitFor.FAILED, WaitFor.CANCELLED, WaitFor.FINISHED]
    children = [child(head, wait_for=wait_for) for wait_for in wants]
    await _graph(store, head, *children)
    assert head.run is not None
    cancelled = await store.cancel([cancelling(head.run)])
    assert await _states(store, children) == [*[RunState.CANCELLED] * 2, *[RunState.QUEUED] * 2]
    assert {run.run_id for run in cancelled.moved.queued} == {of.job.id for of in children[2:]}


async def test_what_waits_for_any_of_several_outlives_the_cancel_of_one(store: Store) -> None:
    one, other = submission(), submission()
    waits, last = child(one, other, join=ANY), submission()
    await _graph(store, one, other, waits, last)
    assert one.run is not None
    assert other.run is not None
    await store.cancel([cancelling(one.run)])
    assert await _states(store, [waits]) == [RunState.BLOCKED]
    await store.cancel([cancelling(other.run)])
    assert await _states(store, [waits]) == [RunState.SKIPPED]


async def test_a_run_that_was_to_be_retried_but_is_unwanted_ends_with_its_children(store: Store) -> None:
    head = submission()
    waits, cleanup = child(head), child(head, wait_for=WaitFor.CANCELLED)
    await _graph(store, head, waits, cleanup)
    [running] = await _claim(store, head)
    await store.cancel([cancelling(running)])
    finished = await store.finish([retried(running, after(60))])
    assert not finished.lost
    assert await _states(store, [head, waits, cleanup]) == [
        RunState.CANCELLED, RunState.CANCELLED, RunState.QUEUED,
    ]  # fmt: skip


async def test_a_cancelled_child_is_not_freed_by_its_parent(store: Store) -> None:
    head = submission()
    waits = child(head)
    await _graph(store, head, waits)
    assert waits.run is not None
    assert (await store.cancel([cancelling(waits.run)])).before == [RunState.BLOCKED]
    assert not (await store.finish([succeeded(run) for run in await _claim(store, head)])).moved.queued
    assert await _states(store, [head, waits]) == [RunState.SUCCEEDED, RunState.CANCELLED]


async def test_a_cancel_and_the_end_of_a_parent_at_once_leave_nothing_blocked(
    two_stores: tuple[Store, Store],
) -> None:
    one, other = two_stores
    for _ in range(20):
        head = submission()
        middle = child(head)
        last = child(middle)
        await _graph(one, head, middle, last)
        [running] = await _claim(one, head)
        await asyncio.gather(one.finish([succeeded(running)]), other.cancel([cancelling(running)]))
        assert await _states(one, [middle, last]) == [RunState.CANCELLED] * 2


# -- many


async def test_a_long_chain_runs_to_its_end(store: Store) -> None:
    chain = [submission()]
    while len(chain) < 100:
        chain.append(child(chain[-1]))
    await _graph(store, *chain)
    for each in chain:
        [claimed] = await _claim(store, each)
        assert not (await store.finish([succeeded(claimed)])).lost
    assert await _states(store, chain[-1:]) == [RunState.SUCCEEDED]


async def test_a_chain_of_a_thousand_is_ruled_out_at_once(store: Store) -> None:
    chain = [submission()]
    while len(chain) < 1_000:
        chain.append(child(chain[-1]))
    await _graph(store, *chain)
    finished = await store.finish([failed(run) for run in await _claim(store, chain[0])])
    assert len(finished.moved.over) == 999
    assert await _states(store, chain[-1:]) == [RunState.SKIPPED]


async def test_a_thousand_children_are_freed_together_and_a_thousand_parents_waited_for(store: Store) -> None:
    head = submission()
    middle = [child(head) for _ in range(1_000)]
    last = child(*middle)
    await _graph(store, head, *middle, last)
    finished = await store.finish([succeeded(run) for run in await _claim(store, head)])
    assert len(finished.moved.queued) == 1_000
    runs = await _claim(store, *middle)
    answers = await asyncio.gather(
        *(store.finish([succeeded(run) for run in runs[start : start + 50]]) for start in range(0, 1_000, 50))
    )
    assert [len(answer.moved.queued) for answer in answers].count(1) == 1
    [mine] = await _claim(store, last)
    assert mine.after is not None
    assert len(mine.after.parents) == 1_000


# -- forgetting


async def test_who_waited_for_whom_is_forgotten_with_the_parent(store: Store) -> None:
    head = submission()
    waits = child(head)
    await _graph(store, head, waits)
    await store.finish([succeeded(run) for run in await _claim(store, head)])
    await pruned(store, after(3600))
    assert await store.job(ACME, head.job.id) is None
    assert not await store.children([RunRef(ACME, head.job.id)])
    await store.finish([succeeded(run, at=after(70)) for run in await _claim(store, waits)])
