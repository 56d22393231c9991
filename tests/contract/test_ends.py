"""`ReadStore`'s ends: going on from mark to mark leaves none out, whenever it was stored; and runs by their ids."""

from datetime import datetime

import pytest

from foliot.domain.states import RunState
from foliot.ports import RunRef, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    cancelling,
    failed,
    ref,
    started,
    submitted,
    succeeded,
)

MANY = 1_000


SOON = after(1)


async def _end(store: Store, at: datetime = SOON, tenant: str = ACME) -> RunRef:
    claimed = await started(store, tenant=tenant)
    await store.finish([succeeded(claimed, at=at)])
    return RunRef(claimed.tenant_id, claimed.run_id)


async def _all_from(
    store: Store, mark: int, now: datetime, limit: int = MANY, tenants: tuple[str, ...] = (ACME,)
) -> tuple[list[RunRef], int]:
    """All ends after a mark, and the mark to go on from."""
    found: list[RunRef] = []
    while True:
        ends = await store.ends(tenants, mark, now, limit)
        found += ends.refs
        assert ends.mark >= mark
        mark = ends.mark
        if ends.is_all:
            return found, mark


async def test_what_ended_is_told_in_its_order(store: Store) -> None:
    ended = [await _end(store, after(n)) for n in range(5)]
    assert (await _all_from(store, 0, after(5)))[0] == ended


async def test_every_kind_of_end_is_one(store: Store) -> None:
    dead = await started(store)
    await store.finish([failed(dead, at=after(1))])
    called_off = await submitted(store)
    await store.cancel([cancelling(called_off)])
    assert set((await _all_from(store, 0, after(5)))[0]) == {ref(dead), ref(called_off)}


async def test_what_has_not_ended_is_not_told(store: Store) -> None:
    await started(store)
    await submitted(store, delay=60)
    assert (await _all_from(store, 0, after(5)))[0] == []


async def test_going_on_tells_of_what_is_new(store: Store) -> None:
    mark, ended = await store.end_mark(after(0)), set[RunRef]()
    for n in range(20):
        fresh = await _end(store, after(n))
        ended.add(fresh)
        found, mark = await _all_from(store, mark, after(n + 0.5))
        assert fresh in found
        assert ended.issuperset(found)
    assert len((await _all_from(store, mark, after(20)))[0]) <= 5  # those of the last seconds at most


async def test_one_that_is_stored_late_is_not_left_out(store: Store) -> None:
    early = await started(store)
    await _end(store, after(9))
    _, mark = await _all_from(store, 0, after(10))
    await store.finish([succeeded(early, at=after(7))])
    assert ref(early) in (await _all_from(store, mark, after(11)))[0]


async def test_one_whose_clock_goes_ahead_is_not_left_out(store: Store) -> None:
    ahead = await _end(store, after(60))
    found, mark = await _all_from(store, 0, after(10))
    assert found == [ahead]
    late = await _end(store, after(11))
    assert late in (await _all_from(store, mark, after(12)))[0]


async def test_a_mark_of_now_comes_after_what_ended_long_ago(store: Store) -> None:
    await _end(store, after(1))
    mark = await store.end_mark(after(60))
    assert (await _all_from(store, mark, after(61)))[0] == []
    fresh = await _end(store, after(60))
    assert (await _all_from(store, mark, after(61)))[0] == [fresh]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_pages_leave_none_out(store: Store, limit: int) -> None:
    ended = [await _end(store, after(30 * n)) for n in range(8)]
    assert list(dict.fromkeys((await _all_from(store, 0, after(240), limit))[0])) == ended


async def test_a_tenant_is_told_of_its_own(store: Store) -> None:
    ours, theirs = await _end(store), await _end(store, tenant=OTHER)
    assert (await _all_from(store, 0, after(5)))[0] == [ours]
    assert (await _all_from(store, 0, after(5), tenants=(OTHER,)))[0] == [theirs]
    assert set((await _all_from(store, 0, after(5), tenants=(ACME, OTHER)))[0]) == {ours, theirs}
    assert (await _all_from(store, 0, after(5), tenants=()))[0] == []


async def test_a_mark_that_nobody_made_does_no_harm(store: Store) -> None:
    await _end(store)
    await store.ends([ACME], 2**62, after(2), 10)


async def test_runs_are_looked_up_live_or_over_without_results(store: Store) -> None:
    over, running, waiting = await _end(store), await started(store), await submitted(store, delay=60)
    asked = [over, ref(running), ref(waiting), RunRef(OTHER, running.run_id), RunRef(ACME, ACME)]
    found = {run.id: run for run in await store.look_up(asked)}
    assert {run_id: run.state for run_id, run in found.items()} == {
        over.run_id: RunState.SUCCEEDED,
        running.run_id: RunState.RUNNING,
        waiting.id: RunState.PENDING,
    }
    assert found[over.run_id].finished_at == after(1)
    assert all(run.result is None for run in found.values())
    assert await store.look_up([]) == []
