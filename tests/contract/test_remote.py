"""Runs that workers outside do: only they get them, each only its own tenant's."""

from collections import Counter

import msgspec
import pytest

from foliot.domain.job_type import JobType
from foliot.domain.policy import Overrides, Policy
from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.states import RunState
from foliot.ports import Gap, Store, Wanted
from tests.contract.builders import (
    ACME,
    NOW,
    OTHER,
    after,
    buried,
    cancelling,
    child,
    found,
    handed_back,
    held,
    lease_lost,
    occurrence,
    recurring,
    remote_wish,
    replaying,
    retried,
    started,
    stopped,
    submission,
    submitted,
    succeeded,
    wish,
)


async def test_workers_inside_never_get_a_remote_run(store: Store) -> None:
    await submitted(store, remote=True)
    inside = await submitted(store)
    assert [run.run_id for run in await store.claim(wish())] == [inside.id]
    assert await store.claim(wish(types=["mail.send"])) == []


async def test_workers_outside_get_remote_runs_of_their_tenant_only(store: Store) -> None:
    mine = await submitted(store, remote=True)
    await submitted(store, remote=True, tenant=OTHER)
    await submitted(store)
    assert [run.run_id for run in await store.claim(remote_wish(ACME))] == [mine.id]
    assert await store.claim(remote_wish(ACME)) == []
    assert [run.tenant_id for run in await store.claim(remote_wish(OTHER))] == [OTHER]


async def test_a_remote_run_comes_with_all_that_its_worker_needs(store: Store) -> None:
    overrides = Overrides(timeout_seconds=5)
    made = submission(
        remote=True, type="t", queue="q", payload='{"ä": 1}'.encode(), max_attempts=7, overrides=overrides
    )
    await store.submit([made])
    [claimed] = await store.claim(remote_wish(types=["t"], queues=["q"], worker="gopher"))
    assert (claimed.run_id, claimed.type, claimed.payload, claimed.lease) == (made.job.id, "t", '{"ä": 1}', 1)
    assert (claimed.attempt, claimed.max_attempts, claimed.overrides) == (1, 7, overrides)
    assert (await found(store, claimed)).worker == "gopher"


async def test_only_the_types_and_queues_that_were_asked_for(store: Store) -> None:
    await store.submit([submission(remote=True, type=kind, queue=queue) for kind in "ab" for queue in "xy"])
    [claimed] = await store.claim(remote_wish(types=["a"], queues=["x"]))
    assert (claimed.type, claimed.queue) == ("a", "x")
    rest = await store.claim(remote_wish(types=["a", "b"], queues=["y"]))
    assert sorted(run.type for run in rest) == ["a", "b"]
    assert await store.claim(remote_wish(types=[], queues=["x"])) == []


async def test_priorities_compete_by_weight(store: Store) -> None:
    await store.submit([submission(remote=True, priority=priority) for priority in Priority for _ in range(100)])
    claimed = await store.claim(remote_wish(limit=sum(WEIGHTS.values())))
    assert Counter(run.priority for run in claimed) == WEIGHTS


async def test_within_a_priority_the_oldest_are_taken(store: Store) -> None:
    batch = [submission(remote=True) for _ in range(10)]
    await store.submit(batch)
    assert [run.run_id for run in await store.claim(remote_wish(limit=3))] == [made.job.id for made in batch[:3]]


async def test_no_remote_run_is_handed_out_twice(two_stores: tuple[Store, Store]) -> None:
    batch = [submission(remote=True) for _ in range(30)]
    await two_stores[0].submit(batch)
    claimed: list[str] = []
    for turn in range(10):
        claimed += [run.run_id for run in await two_stores[turn % 2].claim(remote_wish(limit=4))]
    assert sorted(claimed) == sorted(made.job.id for made in batch)


async def test_what_is_sought_is_found_where_it_is_queued(store: Store) -> None:
    await submitted(store, remote=True, type="a", queue="x")
    await submitted(store, type="inside", queue="x")
    await submitted(store, remote=True, type="later", queue="x", delay=60)
    wanted = [
        Wanted(ACME, "a", "x"), Wanted(ACME, "a", "y"), Wanted(OTHER, "a", "x"), Wanted(ACME, "inside", "x"),
        Wanted(ACME, "later", "x"),
    ]  # fmt: skip
    assert await store.sought(wanted) == [Wanted(ACME, "a", "x")]
    assert await store.sought([]) == []
    await store.claim(remote_wish(types=["a"], queues=["x"]))
    assert await store.sought(wanted) == []


async def test_what_is_in_hand_is_told_with_what_ends_it(store: Store) -> None:
    overrides = Overrides(retry=RetryPolicy(max_attempts=7))
    made = submission(remote=True, max_attempts=7, overrides=overrides)
    await store.submit([made])
    [claimed] = await store.claim(remote_wish(now=after(1)))
    [mine] = await store.in_hand([held(claimed)])
    assert (mine.run_id, mine.job_id, mine.tenant_id, mine.lease) == (made.job.id, made.job.id, ACME, 1)
    assert (mine.attempt, mine.max_attempts, mine.overrides, mine.started_at) == (1, 7, overrides, after(1))
    assert mine.cancel_requested_at is None
    await store.cancel([cancelling(await found(store, claimed), after(2))])
    [mine] = await store.in_hand([held(claimed)])
    assert mine.cancel_requested_at == after(2)


async def test_nothing_but_a_held_lease_of_a_remote_run_is_in_hand(store: Store) -> None:
    inside = await started(store, queue="inside")
    await submitted(store, remote=True)
    [claimed] = await store.claim(remote_wish())
    mine = held(claimed)
    strange = [
        held(inside),
        msgspec.structs.replace(mine, lease=2),
        msgspec.structs.replace(mine, tenant_id=OTHER),
        msgspec.structs.replace(mine, run_id="nonsense"),
    ]
    assert await store.in_hand(strange) == []
    await store.finish([succeeded(claimed)])
    assert await store.in_hand([mine]) == []


async def test_it_stays_remote_whatever_becomes_of_it(store: Store) -> None:
    await submitted(store, remote=True)
    [claimed] = await store.claim(remote_wish())
    await store.finish([handed_back(claimed)])
    [claimed] = await store.claim(remote_wish())
    await store.finish([retried(claimed, after(60))])
    [queued] = (await store.promote(after(60), 10)).runs
    assert queued.remote
    [claimed] = await store.claim(remote_wish(now=after(60)))
    [lost] = await store.expired(after(90), 10)
    assert lost.remote
    await store.finish([lease_lost(claimed, after(90))])
    assert await store.claim(wish(now=after(90))) == []
    assert len(await store.claim(remote_wish(now=after(90)))) == 1


async def test_a_child_that_is_remote_is_said_to_be_when_it_is_due(store: Store) -> None:
    parent = submission(queue="parents")
    await store.submit([parent, child(parent, remote=True)])
    [claimed] = await store.claim(wish(queues=["parents"]))
    [queued] = (await store.finish([succeeded(claimed)])).moved.queued
    assert queued.remote
    assert len(await store.claim(remote_wish())) == 1


async def test_a_replayed_run_may_be_remote(store: Store) -> None:
    dead = await buried(store)
    replay = replaying(dead)
    await store.replay([msgspec.structs.replace(replay, run=msgspec.structs.replace(replay.run, remote=True))])
    assert await store.claim(wish()) == []
    assert len(await store.claim(remote_wish())) == 1


async def test_brokers_are_not_told_of_remote_runs_that_wait(store: Store) -> None:
    await submitted(store, remote=True)
    assert await store.backlogs() == []
    assert await store.waiting("default", Priority.DEFAULT, Gap(before=after(60), room=10), 10) == []


async def test_a_remote_run_that_is_to_be_cancelled_ends_so(store: Store) -> None:
    await submitted(store, remote=True)
    [claimed] = await store.claim(remote_wish())
    await store.cancel([cancelling(await found(store, claimed))])
    assert (await store.pulse([held(claimed)], after(15))).cancelling == {claimed.run_id}
    await store.finish([stopped(claimed)])
    assert (await found(store, claimed)).state is RunState.CANCELLED


# -- types


async def test_a_tenants_types_are_its_own(store: Store) -> None:
    ours, mine = JobType(name="ours"), JobType(name="mine", tenant_id=ACME, schema={"type": "object"})
    await store.save_types([ours, mine], NOW)
    assert await store.types() == [ours]
    assert await store.types(ACME) == [mine, ours]
    assert await store.types(OTHER) == [ours]
    assert await store.types("nonsense") == [ours]


async def test_two_tenants_may_have_types_of_one_name(store: Store) -> None:
    mine = JobType(name="mail", tenant_id=ACME, description="mine")
    theirs = JobType(name="mail", tenant_id=OTHER, description="theirs")
    await store.save_types([theirs, mine], NOW)
    assert (await store.types(ACME), await store.types(OTHER)) == ([mine], [theirs])


@pytest.mark.parametrize("is_ours", [False, True])
async def test_occurrences_are_remote_if_their_type_is_the_tenants_alone(store: Store, is_ours: bool) -> None:
    mine = JobType(name="tick", tenant_id=ACME, policy=Policy(queue="mine"))
    theirs = JobType(name="tick", tenant_id=OTHER, policy=Policy(queue="theirs"))
    await store.save_types([mine, theirs, *([JobType(name="tick")] if is_ours else [])], NOW)
    await store.submit([recurring(type="tick")])
    [due] = await store.due_jobs(after(60), 10)
    assert due.remote is not is_ours
    assert due.policy.queue == ("default" if is_ours else "mine")
    plan = occurrence(due.job, following=after(120))
    [item] = plan.runs
    remote = msgspec.structs.replace(item, run=msgspec.structs.replace(item.run, remote=due.remote))
    await store.plan([msgspec.structs.replace(plan, runs=[remote])])
    assert len(await store.claim(remote_wish(types=["tick"], now=after(60)))) == (not is_ours)
