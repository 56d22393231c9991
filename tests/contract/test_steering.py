"""`SubmitStore.steer` and `add_runs`: a recurring job is paused and resumed, and runs beside its schedule."""

from typing import Any

import msgspec
import pytest

from foliot.domain.errors import Conflict
from foliot.domain.job import Job
from foliot.domain.run import Queued
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Account, RunFilter, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    cancelling,
    event,
    extra,
    failed,
    found,
    job_with,
    occurrence,
    recurring,
    retried,
    steering,
    stopped,
    submission,
    succeeded,
    the_run,
    wish,
)


async def _recurring(store: Store, **of_job: Any) -> Job:
    made = recurring(**of_job)
    await store.submit([made])
    return made.job


async def test_a_paused_job_keeps_its_place_and_is_never_due(store: Store) -> None:
    job = await _recurring(store)
    assert await store.steer([steering(job, JobState.PAUSED)]) == [True]
    assert await store.job(ACME, job.id) == job_with(job, state=JobState.PAUSED, revision=2)
    assert await store.due_jobs(after(3600), 10) == []
    assert await store.next_planned_at() is None
    assert [told.type for told in await store.job_events(ACME, job.id)] == [EventType.JOB_PAUSED]


async def test_a_resumed_job_goes_on_where_it_is_told_to(store: Store) -> None:
    job = await _recurring(store)
    await store.steer([steering(job, JobState.PAUSED)])
    paused = job_with(job, state=JobState.PAUSED, revision=2)
    assert await store.steer([steering(paused, JobState.ACTIVE, next_at=after(600), planned=10)]) == [True]
    assert await store.job(ACME, job.id) == job_with(job, next_at=after(600), planned=10, revision=3)
    assert [due.job.id for due in await store.due_jobs(after(600), 10)] == [job.id]


async def test_a_job_that_is_not_as_expected_is_left_alone(store: Store) -> None:
    job = await _recurring(store)
    assert await store.steer([steering(job, JobState.PAUSED, expected_next=after(1))]) == [False]
    assert await store.steer([steering(job, JobState.ACTIVE, expected=JobState.PAUSED)]) == [False]
    assert await store.steer([steering(job, JobState.PAUSED, tenant_id=OTHER)]) == [False]
    assert await store.steer([steering(job, JobState.PAUSED, expected_revision=2)]) == [False]
    assert await store.job(ACME, job.id) == job
    assert await store.job_events(ACME, job.id) == []


@pytest.mark.parametrize("expected", [None, 1])
async def test_what_nobody_asked_for_leaves_the_revision_as_it_is(store: Store, expected: int | None) -> None:
    job = await _recurring(store)
    follows = steering(job, JobState.ACTIVE, expected_revision=expected, raises_revision=False, next_at=after(90))
    assert await store.steer([follows]) == [True]
    assert await store.job(ACME, job.id) == job_with(job, next_at=after(90))


async def test_an_occurrence_that_was_planned_before_a_pause_counts_and_one_after_it_does_not(store: Store) -> None:
    first, second = await _recurring(store), await _recurring(store)
    assert (await store.plan([occurrence(first, following=after(120))])).kept == [0]
    assert await store.steer([steering(first, JobState.PAUSED)]) == [False]
    assert await store.steer([steering(second, JobState.PAUSED)]) == [True]
    assert (await store.plan([occurrence(second, following=after(120))])).kept == []


async def test_a_run_beside_the_schedule_waits_for_a_worker_and_moves_nothing_else(store: Store) -> None:
    job = await _recurring(store)
    added = extra(job)
    assert (await store.add_runs([added])).stored == [True]
    assert (await found(store, added.run)).state is RunState.QUEUED
    assert await store.job(ACME, job.id) == job
    assert [told.type for told in await store.run_events(ACME, added.run.id)] == [EventType.RUN_REQUESTED]
    assert [Queued.of(added.run).run_id] == [claimed.run_id for claimed in await store.claim(wish())]


async def test_a_paused_job_can_run_beside_its_schedule(store: Store) -> None:
    job = await _recurring(store)
    await store.steer([steering(job, JobState.PAUSED)])
    assert (await store.add_runs([extra(job)])).stored == [True]


async def test_no_run_is_added_to_a_job_that_ended_runs_once_or_belongs_to_others(store: Store) -> None:
    ended, foreign, once = await _recurring(store), await _recurring(store, tenant=OTHER), submission()
    await store.submit([once])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=ended.id)])
    extras = [extra(ended), extra(job_with(foreign, tenant_id=ACME)), extra(once.job)]
    assert (await store.add_runs(extras)).stored == [False] * 3
    assert [await store.run(ACME, each.run.id) for each in extras] == [None] * 3


async def test_a_run_may_stand_for_an_occurrence_that_had_none(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    first = occurrence(made.job, following=after(180))
    accounts = [Account(after(60), "late", the_run(first).id), Account(after(120), "merged", the_run(first).id)]
    await store.plan([msgspec.structs.replace(first, accounts=accounts)])
    beside = extra(made.job)
    added = msgspec.structs.replace(beside, run=msgspec.structs.replace(beside.run, planned_at=after(120)))
    assert [run.run_id for run in (await store.add_runs([added])).moved.queued] == [added.run.id]
    told = await store.occurrences(ACME, made.job.id, after(0), after(999), 10)
    assert [(each.fate, each.run and each.run.id) for each in told] == [
        ("late", the_run(first).id), ("backfilled", added.run.id),
    ]  # fmt: skip
    assert await found(store, added.run) == added.run


@pytest.mark.parametrize("seconds", [60, 120])
async def test_an_occurrence_with_a_run_gets_no_other(store: Store, seconds: int) -> None:
    made = recurring()
    await store.submit([made])
    first = occurrence(made.job, following=after(180))
    await store.plan([first])
    runs = [msgspec.structs.replace(extra(made.job).run, planned_at=after(at)) for at in (30, seconds, 120)]
    batch = [msgspec.structs.replace(extra(made.job), run=run) for run in runs]
    if seconds == 120:
        await store.add_runs(batch[1:2])
    before = await store.runs(ACME, RunFilter(), None, 10)
    with pytest.raises(Conflict):
        await store.add_runs([batch[0], batch[1 if seconds == 60 else 2]])
    assert await store.runs(ACME, RunFilter(), None, 10) == before
    assert len(await store.occurrences(ACME, made.job.id, after(0), after(999), 10)) == len(before)


async def test_a_run_keeps_its_planned_instant_however_it_ends(store: Store) -> None:
    ends = (succeeded, failed, stopped)
    for number, end in enumerate(ends, 1):
        made = recurring()
        await store.submit([made])
        await store.plan([occurrence(made.job, following=None)])
        [claimed] = await store.claim(wish(now=after(60)))
        assert claimed.planned_at == after(60)
        await store.finish([retried(claimed, after(70), at=after(61))])
        await store.promote(after(70), 10)
        [claimed] = await store.claim(wish(now=after(70)))
        await store.finish([end(claimed, at=after(71))])
        assert (await found(store, claimed)).planned_at == after(60)
        assert number == len(await store.runs(ACME, RunFilter(), None, 10))
    made = recurring()
    await store.submit([made])
    planned = occurrence(made.job, following=None)
    await store.plan([planned])
    await store.cancel([cancelling(the_run(planned))])
    assert (await found(store, the_run(planned))).planned_at == after(60)
