"""`EngineStore.pulse` and `expired`: leases are held by renewing them, and found when they are not."""

import msgspec

from foliot.domain.states import RunState
from foliot.ports import Held, Pulse, Store
from tests.contract.builders import (
    ACME,
    NOW,
    OTHER,
    after,
    cancelling,
    found,
    handed_back,
    held,
    lease_lost,
    started,
    submitted,
    succeeded,
    wish,
)

NOTHING = Pulse(lost=frozenset(), cancelling=frozenset())


async def test_a_pulse_renews_the_lease(store: Store) -> None:
    claimed = await started(store)
    assert await store.pulse([held(claimed)], after(60.000001)) == NOTHING
    assert (await found(store, claimed)).lease_until == after(60.000001)
    assert await store.expired(after(59), 10) == []


async def test_a_pulse_without_a_time_only_listens(store: Store) -> None:
    claimed = await started(store)
    before = await found(store, claimed)
    assert await store.pulse([held(claimed)], None) == NOTHING
    assert await found(store, claimed) == before


async def test_a_pulse_tells_which_leases_are_lost(store: Store) -> None:
    kept, ended, back, taken = [await started(store) for _ in range(4)]
    await store.finish([succeeded(ended), handed_back(back), lease_lost(taken)])
    await store.claim(wish(limit=1))  # hands `back` to another, which leaves `taken` queued
    unknown = Held("01890000-0000-7000-8000-000000000000", ACME, 1)
    pulse = await store.pulse([held(run) for run in (kept, ended, back, taken)] + [unknown], after(60))
    assert pulse.lost == {ended.run_id, back.run_id, taken.run_id, unknown.run_id}
    assert pulse.cancelling == frozenset()


async def test_a_lost_lease_is_not_renewed_by_its_old_holder(store: Store) -> None:
    first = await started(store)
    await store.finish([lease_lost(first)])
    await store.claim(wish(worker="worker-2", now=after(20), lease_until=after(35)))
    await store.pulse([held(first)], after(600))
    assert (await found(store, first)).lease_until == after(35)


async def test_a_pulse_tells_which_runs_are_to_be_cancelled(store: Store) -> None:
    wanted, unwanted = await started(store), await started(store)
    await store.cancel([cancelling(unwanted)])
    for until in (None, after(60)):
        pulse = await store.pulse([held(wanted), held(unwanted)], until)
        assert pulse == Pulse(lost=frozenset(), cancelling=frozenset({unwanted.run_id}))


async def test_a_run_is_expired_once_its_lease_has_ended(store: Store) -> None:
    claimed = await started(store)
    until = (await found(store, claimed)).lease_until
    assert until == after(15)
    assert await store.expired(until, 10) == []
    [expired] = await store.expired(after(15.000001), 10)
    assert (expired.run_id, expired.tenant_id, expired.lease) == (claimed.run_id, ACME, 1)
    assert (expired.attempt, expired.max_attempts, expired.worker, expired.cancelling) == (1, 3, "worker-1", False)


async def test_an_expired_run_tells_that_it_is_to_be_cancelled(store: Store) -> None:
    claimed = await started(store)
    await store.cancel([cancelling(claimed)])
    [expired] = await store.expired(after(16), 10)
    assert expired.cancelling


async def test_the_longest_expired_come_first_and_only_so_many(store: Store) -> None:
    ids = []
    for seconds in (30, 10, 20):
        await submitted(store)
        [claimed] = await store.claim(wish(lease_until=after(seconds)))
        ids.append(claimed.run_id)
    assert [run.run_id for run in await store.expired(after(60), 2)] == [ids[1], ids[2]]
    assert await store.expired(after(60), 0) == []


async def test_an_expired_run_may_still_be_finished_while_nobody_took_it(store: Store) -> None:
    claimed = await started(store)
    assert await store.expired(after(60), 10)
    assert (await store.finish([succeeded(claimed, at=after(61))])).lost == frozenset()
    assert await store.expired(after(62), 10) == []


async def test_what_is_not_running_does_not_expire(store: Store) -> None:
    await submitted(store)
    await submitted(store, delay=10)
    assert await store.expired(after(3600), 10) == []


async def test_leases_of_all_tenants_expire(store: Store) -> None:
    await started(store, tenant=ACME)
    await started(store, tenant=OTHER)
    assert {run.tenant_id for run in await store.expired(after(60), 10)} == {ACME, OTHER}


async def test_another_tenant_can_neither_hold_nor_renew_a_lease(store: Store) -> None:
    claimed = await started(store)
    before = await found(store, claimed)
    pulse = await store.pulse([msgspec.structs.replace(held(claimed), tenant_id=OTHER)], after(600))
    assert pulse.lost == {claimed.run_id}
    assert await found(store, claimed) == before


async def test_a_lease_outlives_what_its_worker_claims_next(store: Store) -> None:
    first = await started(store)
    second = await started(store)
    assert first.lease == second.lease == 1
    await store.pulse([held(first)], after(100))
    assert (await found(store, second)).lease_until == NOW + (after(15) - NOW)
    assert (await found(store, second)).state is RunState.RUNNING
