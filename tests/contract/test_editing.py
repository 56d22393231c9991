"""`SubmitStore.edit`: a job is made otherwise if it is as it was seen, and its runs that wait follow it."""

import asyncio
from datetime import timedelta
from typing import Any

from msgspec.structs import replace as otherwise

from foliot.domain.event import story
from foliot.domain.job import Job
from foliot.domain.policy import Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Queued
from foliot.domain.schedule import At, Every
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Edited, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    buried,
    child,
    deferred,
    editing,
    event,
    extra,
    found,
    handed_back,
    job_with,
    occurrence,
    recurring,
    replaying,
    retried,
    started,
    steering,
    submission,
    submitted,
    succeeded,
    wish,
)

OTHERWISE: dict[str, Any] = {
    "payload": b'{"to":"ada"}',
    "queue": "slow",
    "priority": Priority.HIGH,
    "overrides": Overrides(timeout_seconds=5.0, retry=RetryPolicy(max_attempts=7)),
    "max_attempts": 7,
}


async def _job(store: Store, job_id: str) -> Job:
    job = await store.job(ACME, job_id)
    assert job is not None
    return job


async def _recurring(store: Store, **of_job: Any) -> Job:
    made = recurring(**of_job)
    await store.submit([made])
    return made.job


async def _types(store: Store, run_id: str) -> list[EventType]:
    run = await store.run(ACME, run_id)
    assert run is not None
    told = story(run, await store.attempts(ACME, run_id), await store.run_events(ACME, run_id))
    return [each.type for each in told]


async def test_an_edited_job_is_otherwise_and_one_revision_on(store: Store) -> None:
    job = await _recurring(store)
    new = OTHERWISE | {"schedule": Every(seconds=7.0), "next_at": after(7), "planned": 3}
    edit = editing(job, **new)
    assert await store.edit([edit]) == [Edited(is_stored=True)]
    assert await _job(store, job.id) == job_with(job, revision=2, **new)
    assert await store.job_events(ACME, job.id) == [edit.event]


async def test_an_edit_can_take_overrides_back(store: Store) -> None:
    job = await _recurring(store, overrides=Overrides(timeout_seconds=5.0))
    await store.edit([editing(job, overrides=Overrides())])
    assert await _job(store, job.id) == job_with(job, overrides=Overrides(), revision=2)


async def test_of_two_edits_of_one_revision_the_first_wins(store: Store) -> None:
    job = await _recurring(store)
    edits = [editing(job, queue="first"), editing(job, queue="second")]
    assert [done.is_stored for done in await store.edit(edits)] == [True, False]
    assert await store.edit([editing(job, queue="third")]) == [Edited(is_stored=False)]
    assert (await _job(store, job.id)).queue == "first"
    assert len(await store.job_events(ACME, job.id)) == 1


async def test_of_two_processes_that_edit_one_revision_one_wins(two_stores: tuple[Store, Store]) -> None:
    job = await _recurring(two_stores[0])
    for _ in range(10):
        seen = await _job(two_stores[0], job.id)
        both = await asyncio.gather(*(store.edit([editing(seen, queue="new")]) for store in two_stores))
        assert sorted(done.is_stored for [done] in both) == [False, True]
    assert (await _job(two_stores[0], job.id)).revision == 11


async def test_a_job_that_is_not_as_it_was_seen_is_left_alone(store: Store) -> None:
    job = await _recurring(store)
    for seen in (
        job_with(job, revision=2),
        job_with(job, state=JobState.PAUSED),
        job_with(job, next_at=after(1)),
        job_with(job, next_at=None),
        job_with(job, planned=1),
        job_with(job, tenant_id=OTHER),
    ):
        assert await store.edit([editing(seen, **OTHERWISE)]) == [Edited(is_stored=False)]
    assert await _job(store, job.id) == job
    assert await store.job_events(ACME, job.id) == []


async def test_an_occurrence_that_was_planned_before_an_edit_counts_and_one_after_it_does_not(store: Store) -> None:
    first, second = await _recurring(store), await _recurring(store)
    assert (await store.plan([occurrence(first, following=after(120))])).kept == [0]
    assert await store.edit([editing(first, next_at=after(7))]) == [Edited(is_stored=False)]
    assert (await store.edit([editing(second, next_at=after(7))]))[0].is_stored
    assert (await store.plan([occurrence(second, following=after(120))])).kept == []


async def test_planning_is_no_edit_but_a_pause_and_its_end_are(store: Store) -> None:
    job = await _recurring(store)
    await store.plan([occurrence(job, following=after(120))])
    planned = await _job(store, job.id)
    assert (planned.revision, planned.planned) == (1, 1)
    await store.steer([steering(planned, JobState.PAUSED)])
    assert await store.edit([editing(planned)]) == [Edited(is_stored=False)]
    paused = await _job(store, job.id)
    await store.steer([steering(paused, JobState.ACTIVE)])
    assert (await _job(store, job.id)).revision == 3


async def test_a_paused_job_can_be_edited_and_stays_paused(store: Store) -> None:
    job = await _recurring(store)
    await store.steer([steering(job, JobState.PAUSED)])
    paused = await _job(store, job.id)
    assert (await store.edit([editing(paused, next_at=after(7))]))[0].is_stored
    assert await _job(store, job.id) == job_with(paused, next_at=after(7), revision=3)


async def test_edited_jobs_keep_what_they_wait_for(store: Store) -> None:
    parent = submission(queue="parents")
    made = child(parent)
    await store.submit([parent, made])
    assert (await store.edit([editing(made.job, **OTHERWISE)]))[0].is_stored
    assert await _job(store, made.job.id) == job_with(made.job, revision=2, **OTHERWISE)
    await store.finish([succeeded(run) for run in await store.claim(wish(queues=["parents"]))])
    [claimed] = await store.claim(wish(queues=["slow"]))
    assert (claimed.run_id, claimed.payload) == (made.job.id, '{"to":"ada"}')


# -- the runs that wait


async def test_a_queued_run_moves_to_where_its_job_is_now_and_is_handed_out_with_what_it_carries_now(
    store: Store,
) -> None:
    run = await submitted(store)
    job = await _job(store, run.job_id)
    [edited] = await store.edit([editing(job, **OTHERWISE)])
    assert edited == Edited(
        is_stored=True, runs=(run.id,), queued=(Queued(run.id, ACME, run.type, "slow", Priority.HIGH),)
    )
    assert await store.claim(wish()) == []
    [claimed] = await store.claim(wish(queues=["slow"]))
    assert (claimed.priority, claimed.payload, claimed.max_attempts, claimed.overrides) == (
        Priority.HIGH, '{"to":"ada"}', 7, OTHERWISE["overrides"],
    )  # fmt: skip


async def test_a_queued_run_that_stays_where_it_is_need_not_be_handed_out_anew(store: Store) -> None:
    run = await submitted(store)
    [edited] = await store.edit([editing(await _job(store, run.job_id), payload=b"{}")])
    assert edited == Edited(is_stored=True, runs=(run.id,))


async def test_runs_that_wait_follow_their_job_and_those_that_run_do_not(store: Store) -> None:
    job = await _recurring(store)
    runs = [extra(job) for _ in range(4)]
    await store.add_runs(runs)
    running, retrying, put_off, back = await store.claim(wish())
    await store.finish([retried(retrying, after(60)), deferred(put_off, after(60)), handed_back(back)])
    before = {each.run.id: await found(store, each.run) for each in runs}
    [edited] = await store.edit([editing(job, **OTHERWISE)])
    assert set(edited.runs) == set(before) - {running.run_id}
    assert [run.run_id for run in edited.queued] == [back.run_id]
    for run_id, was in before.items():
        follows = {} if run_id == running.run_id else {"queue": "slow", "priority": Priority.HIGH, "max_attempts": 7}
        assert await found(store, was) == otherwise(was, **follows)


async def test_a_replay_that_waits_follows_its_job(store: Store) -> None:
    replay = replaying(await buried(store))
    await store.replay([replay])
    job = await _job(store, replay.run.job_id)
    [edited] = await store.edit([editing(job, queue="slow")])
    assert edited.runs == (replay.run.id,)
    assert (await found(store, replay.run)).queue == "slow"


async def test_a_job_that_runs_once_is_not_edited_while_no_run_of_it_waits(store: Store) -> None:
    claimed = await started(store)
    seen = await _job(store, claimed.job_id)
    assert await store.edit([editing(seen, **OTHERWISE)]) == [Edited(is_stored=False)]
    await store.finish([succeeded(claimed)])
    assert await store.edit([editing(seen, **OTHERWISE)]) == [Edited(is_stored=False)]
    assert await store.job_events(ACME, seen.id) == []


async def test_a_job_that_is_tried_again_later_gets_its_new_payload_then(store: Store) -> None:
    claimed = await started(store)
    await store.finish([retried(claimed, after(60))])
    assert (await store.edit([editing(await _job(store, claimed.job_id), payload=b"[]")]))[0].is_stored
    await store.promote(after(60), 10)
    [again] = await store.claim(wish(now=after(60)))
    assert (again.attempt, again.payload) == (2, "[]")


async def test_a_claim_and_an_edit_at_once_agree(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    for _ in range(20):
        run = await submitted(one)
        seen = await _job(one, run.job_id)
        [edited], claimed = await asyncio.gather(other.edit([editing(seen, payload=b"[]")]), one.claim(wish()))
        claimed = claimed or await one.claim(wish())
        assert [each.payload for each in claimed] == ["[]" if edited.is_stored else "{}"]
        await one.finish([succeeded(each) for each in claimed])


# -- another time for a job that runs once


async def test_a_run_that_waits_gets_another_time(store: Store) -> None:
    run = await submitted(store, delay=60)
    job = await _job(store, run.job_id)
    [edited] = await store.edit([editing(job, due_at=after(600), schedule=At(after(600)))])
    assert edited == Edited(is_stored=True, runs=(run.id,))
    assert await found(store, run) == otherwise(run, due_at=after(600))
    assert (await store.promote(after(599), 10)).next_due_at == after(600)
    [told] = await store.run_events(ACME, run.id)
    assert (told.type, told.data) == (
        EventType.RUN_RESCHEDULED,
        {"by": "ada", "from": "2026-05-01T08:01:00.123457Z", "due_at": "2026-05-01T08:10:00.123457Z"},
    )


async def test_a_run_whose_new_time_has_come_is_queued(store: Store) -> None:
    run = await submitted(store, delay=60)
    job = await _job(store, run.job_id)
    [edited] = await store.edit([editing(job, due_at=after(5), at=after(5), schedule=None)])
    assert edited.queued == (Queued.of(run),)
    assert await found(store, run) == otherwise(run, state=RunState.QUEUED, due_at=after(5), queued_at=after(5))
    assert await _types(store, run.id) == [
        EventType.RUN_CREATED, EventType.RUN_RESCHEDULED, EventType.RUN_QUEUED,
    ]  # fmt: skip


async def test_a_queued_run_can_be_postponed_and_its_story_still_tells_that_it_was_queued(store: Store) -> None:
    run = await submitted(store)
    job = await _job(store, run.job_id)
    [edited] = await store.edit([editing(job, due_at=after(60), at=after(1), schedule=At(after(60)))])
    assert edited == Edited(is_stored=True, runs=(run.id,))
    assert await found(store, run) == otherwise(run, state=RunState.PENDING, due_at=after(60), queued_at=None)
    assert await store.claim(wish()) == []
    await store.promote(after(60), 10)
    assert [each.run_id for each in await store.claim(wish(now=after(61)))] == [run.id]
    assert await _types(store, run.id) == [
        EventType.RUN_CREATED, EventType.RUN_QUEUED, EventType.RUN_POSTPONED, EventType.RUN_QUEUED,
        EventType.RUN_STARTED,
    ]  # fmt: skip


async def test_a_blocked_run_gets_another_time_and_stays_blocked(store: Store) -> None:
    parent = submission(queue="parents")
    made = child(parent)
    await store.submit([parent, made])
    assert (await store.edit([editing(made.job, due_at=after(60))]))[0].is_stored
    assert made.run is not None
    assert await found(store, made.run) == otherwise(made.run, due_at=after(60))
    await store.finish([succeeded(run) for run in await store.claim(wish(queues=["parents"]))])
    assert (await found(store, made.run)).state is RunState.PENDING


async def test_a_run_that_was_started_once_keeps_its_time(store: Store) -> None:
    for end in (retried, deferred):
        claimed = await started(store)
        await store.finish([end(claimed, after(60))])
        seen = await _job(store, claimed.job_id)
        assert await store.edit([editing(seen, due_at=after(5), payload=b"[]")]) == [Edited(is_stored=False)]
        assert await _job(store, claimed.job_id) == seen
    claimed = await started(store)
    await store.finish([handed_back(claimed)])
    seen = await _job(store, claimed.job_id)
    assert await store.edit([editing(seen, due_at=after(5))]) == [Edited(is_stored=False)]


async def test_edits_in_one_batch_are_judged_each_by_itself(store: Store) -> None:
    jobs = [await _recurring(store) for _ in range(3)]
    runs = [await submitted(store) for _ in range(3)]
    once = [await _job(store, run.job_id) for run in runs]
    edits = [editing(each, queue="new") for each in (once[2], jobs[1], job_with(jobs[0], revision=9), once[0], jobs[2])]
    assert [done.is_stored for done in await store.edit(edits)] == [True, True, False, True, True]
    assert [(await found(store, run)).queue for run in runs] == ["new", "default", "new"]


async def test_an_ended_job_is_not_edited(store: Store) -> None:
    job = await _recurring(store)
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=job.id)])
    assert await store.edit([editing(job, **OTHERWISE)]) == [Edited(is_stored=False)]


async def test_what_was_planned_before_an_edit_is_planned_anew(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    planned = occurrence(made.job, following=after(120))
    await store.edit([editing(made.job, queue="edited")])
    assert (await store.plan([planned])).kept == []
    [due] = await store.due_jobs(after(60), 10)
    assert (due.job.queue, due.job.revision) == ("edited", 2)
    assert (await store.plan([occurrence(due.job, following=after(120))])).kept == [0]


async def test_runs_that_were_never_started_expire_as_the_edit_says(store: Store) -> None:
    job = await _recurring(store)
    tried, waits = extra(job), extra(job)
    await store.add_runs([tried, waits])
    [claimed] = await store.claim(wish(queues=[job.queue], limit=1))
    await store.finish([retried(claimed, after(1))])
    [edited] = await store.edit([editing(job, overrides=Overrides(expires_in_seconds=60.0))])
    assert edited.is_stored
    assert (await found(store, waits.run)).expires_at == waits.run.due_at + timedelta(seconds=60)
    assert (await found(store, claimed)).expires_at is None
    await store.edit([editing(await _job(store, job.id), overrides=Overrides())])
    assert (await found(store, waits.run)).expires_at is None
