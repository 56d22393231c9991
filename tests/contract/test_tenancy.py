"""Another tenant sees nothing at any read and can change nothing at any write, not even from the same batch."""

from typing import Any

import msgspec
import pytest

from foliot.domain.run import Run
from foliot.domain.states import EventType, JobState
from foliot.ports import JobFilter, PlannedRun, RunFilter, RunRef, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    asked,
    buried,
    cancelling,
    discarding,
    event,
    found,
    held,
    occurrence,
    recurring,
    ref,
    replaying,
    said,
    started,
    submission,
    submitted,
    succeeded,
    the_run,
)


def _stolen(value: Any, **changes: Any) -> Any:
    """The same request in another tenant's name."""
    return msgspec.structs.replace(value, tenant_id=OTHER, **changes)


async def _snapshot(store: Store, tenant: str = ACME) -> tuple[object, ...]:
    """All that a tenant can see."""
    runs = await store.runs(tenant, RunFilter(), None, 500)
    jobs = await store.jobs(tenant, JobFilter(), None, 500)
    return (
        runs,
        jobs,
        await store.ended([ref(run) for run in runs]),
        await store.dead_letters(tenant, RunFilter(), None, 500),
        [await store.attempts(tenant, run.id) for run in runs],
        [await store.run_events(tenant, run.id) for run in runs],
        [await store.job_events(tenant, job.id) for job in jobs],
    )


async def test_another_tenant_sees_nothing(store: Store) -> None:
    dead = await buried(store)
    live = await submitted(store, delay=60)
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=live.job_id)])
    running = await started(store)
    await store.note([said(running, "hello")])
    for run in (dead, live, await found(store, running)):
        assert await store.job(OTHER, run.job_id) is None
        assert await store.run(OTHER, run.id) is None
        assert await store.live_runs(OTHER, run.job_id) == []
        assert await store.ended([RunRef(OTHER, run.id)]) == []
        assert await store.attempts(OTHER, run.id) == []
        assert await store.run_events(OTHER, run.id) == []
        assert await store.job_events(OTHER, run.job_id) == []
        assert await store.runs(OTHER, RunFilter(job_id=run.job_id), None, 10) == []
    assert await _snapshot(store, OTHER) == ([], [], [], [], [], [], [])


async def test_another_tenant_cannot_cancel(store: Store) -> None:
    runs = [
        await submitted(store, delay=60),
        await submitted(store, queue="q"),
        await found(store, await started(store)),
    ]
    before = await _snapshot(store)
    assert (await store.cancel([_stolen(cancelling(run)) for run in runs])).before == [None] * 3
    assert await _snapshot(store) == before
    assert await store.run_events(OTHER, runs[0].id) == []


async def test_another_tenant_cannot_cancel_a_job(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    before = await _snapshot(store)
    told = event(EventType.JOB_CANCELLED, job_id=made.job.id, tenant=OTHER)
    assert await store.cancel_jobs([told]) == [None]
    assert await _snapshot(store) == before
    assert await store.job_events(OTHER, made.job.id) == []


async def test_another_tenant_cannot_make_a_run_due(store: Store) -> None:
    made = await submitted(store, delay=60)
    before = await _snapshot(store)
    told = _stolen(asked(EventType.RUN_RETRY_REQUESTED, made))
    assert await store.retry_now([(RunRef(OTHER, made.id), told)], after(1)) == [None]
    assert await _snapshot(store) == before
    assert await store.run_events(OTHER, made.id) == []


@pytest.mark.parametrize("take", ["replay", "discard"])
async def test_another_tenant_cannot_take_a_dead_letter(store: Store, take: str) -> None:
    dead = await buried(store)
    before = await _snapshot(store)
    if take == "replay":
        answer = await store.replay([_stolen(replaying(dead), run=_stolen(replaying(dead).run))])
    else:
        answer = await store.discard([_stolen(discarding(dead))])
    assert answer == [False]
    assert await _snapshot(store) == before
    assert await _snapshot(store, OTHER) == ([], [], [], [], [], [], [])


async def test_another_tenant_cannot_finish_renew_or_note(store: Store) -> None:
    claimed = await started(store)
    before = await _snapshot(store)
    assert (await store.finish([_stolen(succeeded(claimed))])).lost == {claimed.run_id}
    assert (await store.pulse([_stolen(held(claimed))], after(900))).lost == {claimed.run_id}
    await store.note([_stolen(said(claimed, "hello", 0.5))])
    assert await _snapshot(store) == before


async def test_another_tenant_cannot_plan(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    planned = occurrence(made.job, following=after(120))
    stolen = _stolen(planned, runs=[PlannedRun(_stolen(the_run(planned)))])
    assert (await store.plan([stolen])).kept == []
    assert await _snapshot(store, OTHER) == ([], [], [], [], [], [], [])
    assert [due.next_at for due in await store.due_jobs(after(60), 10)] == [after(60)]


async def test_a_batch_of_two_tenants_is_answered_for_each_by_its_own(store: Store) -> None:
    pending, queued = await submitted(store, delay=60), await submitted(store)
    theirs = _stolen(cancelling(pending)), _stolen(cancelling(queued))
    told = asked(EventType.RUN_RETRY_REQUESTED, pending)
    assert await store.retry_now([(ref(pending), told), (RunRef(OTHER, pending.id), _stolen(told))], after(1)) == [
        "pending", None,
    ]  # fmt: skip
    assert (await store.cancel([theirs[0], cancelling(pending), theirs[1], cancelling(queued)])).before == [
        None, "queued", None, "queued",
    ]  # fmt: skip
    assert await store.run_events(OTHER, pending.id) == await store.run_events(OTHER, queued.id) == []


async def test_tenants_may_share_ids_and_know_nothing_of_one_another(store: Store) -> None:
    mine = submission()
    assert mine.run is not None
    theirs = type(mine)(job=_stolen(mine.job, payload=b'"theirs"'), run=_stolen(mine.run))
    await store.submit([mine, theirs])
    await store.cancel([cancelling(mine.run)])
    assert (await _run(store, ACME, mine.run)).state == "cancelled"
    assert (await _run(store, OTHER, mine.run)).state == "queued"
    job = await store.job(OTHER, mine.job.id)
    assert job is not None
    assert (job.payload, job.state) == (b'"theirs"', JobState.ACTIVE)
    assert await store.prune(after(100), 10) == 1
    assert await store.job(OTHER, mine.job.id) is not None


async def _run(store: Store, tenant: str, of: Run) -> Run:
    run = await store.run(tenant, of.id)
    assert run is not None
    return run
