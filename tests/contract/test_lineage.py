"""Jobs that come after each run of a recurring one: `roots`, `descendants`, and their runs, made with that run."""

import msgspec
import pytest

from foliot.domain.errors import InvalidParents
from foliot.domain.job_type import JobType
from foliot.domain.lineage import MOST_DESCENDANTS, Descendant
from foliot.domain.parents import WaitFor
from foliot.domain.policy import Policy
from foliot.domain.run import Claimed, Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Plan, Root, RunRef, Store, Submission
from foliot.ports.parents import results_of_parents
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    descendant,
    editing,
    event,
    extra,
    failed,
    found,
    job_with,
    occurrence,
    planned_after,
    pruned,
    recurring,
    replaying,
    submission,
    succeeded,
    unique,
    wish,
)


def _planned(root: Submission, *those: Submission, number: int = 1, last: bool = False) -> Plan:
    """The nth occurrence of the root, with the runs that come after it."""
    at = after(60 * number)
    plan = occurrence(root.job, expected=at, following=None if last else after(60 * (number + 1)), count=number)
    return planned_after(plan, [Descendant(each.job) for each in those])


def _runs(plan: Plan) -> dict[str, Run]:
    return {item.run.job_id: item.run for item in plan.runs}


async def _states(store: Store, plan: Plan) -> list[RunState]:
    return [(await found(store, item.run)).state for item in plan.runs]


async def _claim(store: Store) -> list[Claimed]:
    return await store.claim(wish(now=after(1_000)))


async def _state(store: Store, of: Submission) -> JobState:
    job = await store.job(ACME, of.job.id)
    assert job is not None
    return job.state


async def test_a_job_that_comes_after_a_recurring_one_has_no_run_of_its_own(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    assert [answer.run_id for answer in await store.submit([root, child])] == [None, None]
    assert await store.job(ACME, child.job.id) == child.job
    assert await store.live_runs(ACME, child.job.id) == []
    assert await store.next_planned_at() == root.job.next_at
    [due] = await store.due_jobs(after(60), 10)
    assert due.descendants == [Descendant(child.job)]


async def test_all_of_a_root_are_told_with_it_and_nobody_elses(store: Store) -> None:
    root, other = recurring(), recurring(first=after(50))
    child = descendant(root)
    grandchild = descendant(root, child)
    await store.submit([root, other, child, grandchild, descendant(other)])
    found_due = {due.job.id: [each.job.id for each in due.descendants] for due in await store.due_jobs(after(60), 10)}
    assert found_due[root.job.id] == [child.job.id, grandchild.job.id]
    assert len(found_due[other.job.id]) == 1
    assert [each.job for each in await store.descendants(ACME, root.job.id)] == [child.job, grandchild.job]
    assert await store.descendants(OTHER, root.job.id) == []


async def test_it_is_told_whether_workers_outside_do_it(store: Store) -> None:
    root = recurring()
    outside, inside = descendant(root, type="outside"), descendant(root, type="inside")
    await store.submit([root, outside, inside])
    for name in ("outside", "inside"):
        await store.save_types([JobType(name=name, policy=Policy(), schema={}, tenant_id=ACME)], after(0))
    await store.save_types([JobType(name="inside", policy=Policy(), schema={})], after(0))
    assert {each.job.type: each.remote for each in await store.descendants(ACME, root.job.id)} == {
        "outside": True,
        "inside": False,
    }


async def test_roots_are_told_of_jobs_that_recur_or_come_after_one(store: Store) -> None:
    root, once, late = recurring(), submission(), submission(delay=60)
    child = descendant(root)
    grandchild = descendant(root, child)
    await store.submit([root, once, late, child, grandchild])
    asked = [each.job.id for each in (root, once, late, child, grandchild)]
    those = sorted(await store.roots(ACME, asked), key=lambda each: each.job_id)
    assert those == [
        Root(job_id=each.job.id, root_id=root.job.id, is_alive=True, descendants=2)
        for each in (root, child, grandchild)
    ]
    assert await store.roots(OTHER, asked) == []
    assert await store.roots(ACME, ["no id"]) == []


async def test_roots_say_if_nothing_more_can_come(store: Store) -> None:
    root, gone = recurring(), recurring()
    child, cancelled, orphan = descendant(root), descendant(root), descendant(gone)
    await store.submit([root, gone, child, cancelled, orphan])
    asked = [event(EventType.JOB_CANCELLED, job_id=each.job.id) for each in (gone, cancelled)]
    assert await store.cancel_jobs(asked) == [JobState.ACTIVE] * 2
    those = await store.roots(ACME, [each.job.id for each in (root, gone, child, cancelled, orphan)])
    assert {each.job_id for each in those if each.is_alive} == {root.job.id, child.job.id}
    assert len(those) == 5


async def test_the_count_of_descendants_stops_at_one_too_many(store: Store) -> None:
    root = recurring()
    await store.submit([root, *(descendant(root) for _ in range(MOST_DESCENDANTS + 2))])
    [told] = await store.roots(ACME, [root.job.id])
    assert told.descendants == MOST_DESCENDANTS + 1


async def test_runs_are_made_with_that_of_the_root_and_go_on_when_it_has_ended(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    grandchild, rescue = descendant(root, child), descendant(root, child, wait_for=WaitFor.FAILED)
    await store.submit([root, child, grandchild, rescue])
    plan = _planned(root, child, grandchild, rescue)
    assert (await store.plan([plan])).kept == [0]
    states = RunState.QUEUED, RunState.BLOCKED, RunState.BLOCKED, RunState.BLOCKED
    assert await _states(store, plan) == list(states)
    [claimed] = await _claim(store)
    await store.finish([succeeded(claimed, after(61))])
    [claimed] = await _claim(store)
    assert claimed.job_id == child.job.id
    await store.finish([succeeded(claimed, after(62))])
    assert await _states(store, plan) == [RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.QUEUED, RunState.SKIPPED]


async def test_what_comes_after_a_failed_run_is_skipped_this_time_only(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    first, second = _planned(root, child), _planned(root, child, number=2)
    await store.plan([first])
    [claimed] = await _claim(store)
    await store.finish([failed(claimed, after(61))])
    await store.plan([second])
    [claimed] = await _claim(store)
    await store.finish([succeeded(claimed, after(121))])
    assert await _states(store, first) == [RunState.FAILED, RunState.SKIPPED]
    assert await _states(store, second) == [RunState.SUCCEEDED, RunState.QUEUED]
    latest = await store.latest(ACME, [root.job.id, child.job.id])
    assert {job_id: (each.run_id, each.state) for job_id, each in latest.items()} == {
        root.job.id: (_runs(second)[root.job.id].id, RunState.SUCCEEDED),
        child.job.id: (_runs(second)[child.job.id].id, RunState.QUEUED),
    }


async def test_the_newest_run_is_told_live_or_over_of_jobs_that_run_once_too(store: Store) -> None:
    root, once = recurring(), submission()
    await store.submit([root, once])
    assert set(await store.latest(ACME, [root.job.id, once.job.id])) == {once.job.id}
    [claimed] = await _claim(store)
    await store.finish([succeeded(claimed)])
    [told] = (await store.latest(ACME, [root.job.id, once.job.id, "no id"])).values()
    assert (told.run_id, told.type, told.state) == (once.job.id, once.job.type, RunState.SUCCEEDED)
    assert await store.latest(OTHER, [once.job.id]) == {}


async def test_a_plan_that_is_not_expected_any_more_makes_none(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    plan, late = _planned(root, child), _planned(root, child)
    assert (await store.plan([plan, late])).kept == [0]
    assert await store.plan([late]) is not None
    assert len(await store.live_runs(ACME, child.job.id)) == 1


async def test_a_handler_learns_how_the_runs_ended_that_its_run_waited_for(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    both = descendant(root, root, child)
    await store.submit([root, child, both])
    for number in (1, 2):
        plan = _planned(root, child, both, number=number)
        await store.plan([plan])
        for result in (b"1", b"2"):
            [claimed] = await _claim(store)
            await store.finish([succeeded(claimed, after(60 * number), str(int(result) * number).encode())])
        [claimed] = await _claim(store)
        [told] = await results_of_parents(store, [claimed])
        assert [(each.job_id, each.result) for each in told] == [(root.job.id, number), (child.job.id, 2 * number)]
        links = await store.links_to([RunRef(ACME, claimed.run_id)])
        assert {(link.parent_id, link.parent_job_id) for link in links} == {
            (_runs(plan)[each.job.id].id, each.job.id) for each in (root, child)
        }
        await store.finish([succeeded(claimed, after(60 * number))])


async def test_a_replay_knows_what_its_run_waited_for(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    plan = _planned(root, child)
    await store.plan([plan])
    [claimed] = await _claim(store)
    await store.finish([succeeded(claimed, after(61), b'"of the root"')])
    [claimed] = await _claim(store)
    await store.finish([failed(claimed, after(62))])
    assert await store.replay([replaying(await found(store, claimed), after(63))]) == [True]
    [claimed] = await _claim(store)
    [[told]] = await results_of_parents(store, [claimed])
    assert (told.job_id, told.result) == (root.job.id, "of the root")


async def test_a_run_beside_the_schedule_is_followed_too_or_none_is_stored(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    asked = extra(root.job, [Descendant(child.job)])
    assert list((await store.add_runs([asked])).stored) == [True]
    [claimed] = await _claim(store)
    await store.finish([succeeded(claimed)])
    assert [run.job_id for run in await _claim(store)] == [child.job.id]
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=root.job.id)])
    late = extra(root.job, [Descendant(child.job)])
    assert list((await store.add_runs([late])).stored) == [False]
    assert await store.run(ACME, late.followed_by[0].run.id) is None


async def test_a_cancelled_job_comes_after_nothing_any_more(store: Store) -> None:
    root = recurring()
    child, other = descendant(root), descendant(root)
    await store.submit([root, child, other])
    told = event(EventType.JOB_CANCELLED, job_id=child.job.id)
    assert await store.cancel_jobs([told]) == [JobState.ACTIVE]
    assert await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=child.job.id)]) == [JobState.CANCELLED]
    assert await _state(store, child) is JobState.CANCELLED
    assert await store.job_events(ACME, child.job.id) == [told]
    [due] = await store.due_jobs(after(60), 10)
    assert [each.job.id for each in due.descendants] == [other.job.id]


async def test_it_is_completed_when_its_root_is_and_its_last_run_has_ended(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    await store.plan([_planned(root, child, last=True)])
    assert await _state(store, child) is JobState.ACTIVE
    for second in (61, 62):
        assert await _state(store, child) is JobState.ACTIVE
        [claimed] = await _claim(store)
        await store.finish([succeeded(claimed, after(second))])
    assert [await _state(store, each) for each in (root, child)] == [JobState.COMPLETED] * 2


async def test_it_is_kept_while_its_root_recurs_and_forgotten_with_its_last_run_after_that(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    idle = descendant(root, child, wait_for=WaitFor.FAILED)
    await store.submit([root, child, idle])
    first = _planned(root, child)
    await store.plan([first])
    for second in (61, 62):
        [claimed] = await _claim(store)
        await store.finish([succeeded(claimed, after(second))])
    await pruned(store, after(1_000))
    assert await store.links_to([RunRef(ACME, item.run.id) for item in first.runs]) == []
    assert [await _state(store, each) for each in (root, child, idle)] == [JobState.ACTIVE] * 3
    await store.plan([_planned(root, child, number=2, last=True)])
    for second in (121, 122):
        [claimed] = await _claim(store)
        await store.finish([succeeded(claimed, after(second))])
    await pruned(store, after(1_000))
    assert [await store.job(ACME, each.job.id) for each in (root, child, idle)] == [None] * 3


async def test_a_key_lasts_as_long_as_the_root_recurs(store: Store) -> None:
    root = recurring()
    first, second = (msgspec.structs.replace(unique(), job=descendant(root).job, run=None) for _ in range(2))
    await store.submit([root, first])
    [told] = await store.submit([second])
    assert (told.job_id, told.created) == (first.job.id, False)
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=first.job.id)])
    [told] = await store.submit([second])
    assert told.created


async def test_a_parent_whose_key_was_known_is_the_job_that_has_it(store: Store) -> None:
    def keyed() -> Submission:
        return msgspec.structs.replace(recurring(), key="root", fingerprint="same", key_expires_at=after(3_600))

    root, again = keyed(), keyed()
    await store.submit([root])
    child = descendant(again)
    await store.submit([again, child])
    stored = await store.job(ACME, child.job.id)
    assert stored is not None
    assert stored.after is not None
    assert (stored.root_id, [parent.job_id for parent in stored.after.parents]) == (root.job.id, [root.job.id])


async def test_a_parent_that_comes_after_a_root_and_was_known_is_to_be_named_by_its_id(store: Store) -> None:
    def keyed(root: Submission) -> Submission:
        made = descendant(root)
        return msgspec.structs.replace(made, key="child", fingerprint="same", key_expires_at=after(3_600))

    root, other = recurring(), recurring()
    await store.submit([root, keyed(root)])
    again = keyed(other)
    with pytest.raises(InvalidParents, match="Name it by that id"):
        await store.submit([other, again, descendant(other, again)])
    assert await store.job(ACME, other.job.id) is None


async def test_an_edit_reaches_it(store: Store) -> None:
    root = recurring()
    child = descendant(root)
    await store.submit([root, child])
    [edited] = await store.edit([editing(child.job, payload=b'{"a": 1}')])
    assert edited.is_stored
    [told] = await store.descendants(ACME, root.job.id)
    assert told.job == job_with(child.job, payload=b'{"a": 1}', revision=2)
