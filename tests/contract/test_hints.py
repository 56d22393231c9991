"""What a broker asks of `EngineStore` that keeps hints of its own: leases by name, and what it may have lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from foliot.domain.priority import Priority
from foliot.domain.run import Queued
from foliot.domain.states import RunState
from foliot.ports import Gap, RunRef, Store
from tests.contract.builders import (
    ACME,
    NOW,
    OTHER,
    after,
    buried,
    cancelling,
    discarding,
    found,
    handed_back,
    new_id,
    ref,
    started,
    submitted,
    wish,
)

LATER: Final = after(60)


async def test_only_the_runs_that_are_named_are_leased_in_whichever_queue_they_are(store: Store) -> None:
    made = [await submitted(store, queue=queue) for queue in ("a", "b", "c")]
    assert await _leased(store, [ref(run) for run in made[:2]]) == {made[0].id, made[1].id}
    assert (await found(store, made[2])).state is RunState.QUEUED


async def test_a_run_that_is_named_twice_is_leased_once(store: Store) -> None:
    made = await submitted(store)
    [claimed] = await store.claim(msgspec.structs.replace(wish(), runs=[ref(made), ref(made)]))
    assert claimed.lease == 1


async def test_of_the_runs_that_are_named_only_queued_ones_are_leased(store: Store) -> None:
    waits, gone = await submitted(store, delay=60), await submitted(store, queue="b")
    runs = await started(store)
    await store.cancel([cancelling(gone)])
    assert await _leased(store, [ref(waits), ref(runs), ref(gone), RunRef(ACME, new_id())]) == set()


async def test_of_the_runs_that_are_named_only_those_of_wanted_types_are_leased(store: Store) -> None:
    made = {name: await submitted(store, type=name) for name in "abc"}
    refs = [ref(run) for run in made.values()]
    assert await _leased(store, refs, types=["a", "c"]) == {made["a"].id, made["c"].id}


async def test_a_run_is_not_leased_under_the_name_of_another_tenant(store: Store) -> None:
    made = await submitted(store, tenant=ACME)
    assert await _leased(store, [RunRef(OTHER, made.id)]) == set()


async def test_backlogs_are_the_queues_and_priorities_in_which_runs_are_queued(store: Store) -> None:
    assert await store.backlogs() == []
    for queue, priority in (("b", Priority.LOW), ("a", Priority.HIGH), ("a", Priority.CRITICAL), ("a", Priority.HIGH)):
        await submitted(store, queue=queue, priority=priority)
    await submitted(store, queue="c", delay=60)
    await started(store, queue="d")
    assert sorted(await store.backlogs()) == [("a", Priority.CRITICAL), ("a", Priority.HIGH), ("b", Priority.LOW)]


async def test_what_waits_is_told_oldest_first_and_only_of_the_queue_and_priority(store: Store) -> None:
    late, early = [await submitted(store, due_at=after(-n), created_at=NOW) for n in (1, 2)]
    await submitted(store, queue="other")
    await submitted(store, priority=Priority.LOW)
    await submitted(store, delay=60)
    lost = await store.waiting("default", Priority.DEFAULT, _gap(), 10)
    assert [(one.run, one.due_at) for one in lost] == [(Queued.of(run), run.due_at) for run in (early, late)]


async def test_what_waits_is_told_page_by_page(store: Store) -> None:
    made = [await submitted(store) for _ in range(5)]
    seen: list[str] = []
    after_last = None
    while page := await store.waiting("default", Priority.DEFAULT, _gap(after_last=after_last), 2):
        seen += [one.run.run_id for one in page]
        after_last = page[-1].due_at, page[-1].run.run_id
    assert seen == [run.id for run in made]


async def test_what_became_due_or_was_queued_later_is_not_in_a_gap(store: Store) -> None:
    old = await submitted(store)
    back = await started(store, queue="b")
    await store.finish([handed_back(back, at=after(30))])
    await submitted(store, created_at=after(10))
    assert await _lost(store, "default", before=after(5)) == [old.id]
    assert await _lost(store, "b", before=after(5)) == []
    assert await _lost(store, "b", before=after(31)) == [back.run_id]


async def test_what_is_of_other_types_is_not_in_a_gap(store: Store) -> None:
    made = {name: await submitted(store, type=name) for name in "abc"}
    assert await _lost(store, "default", other_than=["a", "c"]) == [made["b"].id]


async def test_dead_letters_of_all_tenants_are_told_page_by_page(store: Store) -> None:
    made = [await buried(store, tenant=tenant, queue="q", priority=Priority.HIGH) for tenant in (ACME, OTHER, ACME)]
    discarded = await buried(store)
    await store.discard([discarding(discarded)])
    assert await store.count_dead() == 3
    first = await store.dead_runs(None, 2)
    others = await store.dead_runs(first[-1].run_id, 2)
    assert [*first, *others] == [Queued.of(run) for run in sorted(made, key=lambda run: run.id)]
    assert await store.dead_runs(others[-1].run_id, 2) == []


async def _leased(store: Store, runs: Sequence[RunRef], types: Sequence[str] | None = None) -> set[str]:
    """Those of these runs that are leased when they are named."""
    claimed = await store.claim(msgspec.structs.replace(wish(types=types), runs=runs))
    assert len({run.run_id for run in claimed}) == len(claimed)
    return {run.run_id for run in claimed}


async def _lost(store: Store, queue: str, *, before: datetime = LATER, other_than: Sequence[str] = ()) -> list[str]:
    lost = await store.waiting(queue, Priority.DEFAULT, _gap(before=before, other_than=other_than), 10)
    return [one.run.run_id for one in lost]


def _gap(
    before: datetime = LATER, after_last: tuple[datetime, str] | None = None, other_than: Sequence[str] = ()
) -> Gap:
    return Gap(before=before, room=10, after=after_last, other_than=other_than)
