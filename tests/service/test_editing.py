"""Editing a job: what it may be, what becomes of its schedule and its runs, and who wins when two do it at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from foliot import RunState
from foliot.domain.errors import (
    Conflict,
    FoliotError,
    InvalidExpiry,
    InvalidPayload,
    InvalidPolicy,
    InvalidRequest,
    InvalidSchedule,
    InvalidTime,
    NotFound,
    PayloadTooLarge,
    RevisionConflict,
)
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.policy import Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Cause, Claimed, Outcome
from foliot.domain.schedule import At, Cron, Every, Schedule
from foliot.domain.states import EventType, JobState
from foliot.engine.planner import Planner
from foliot.ports import ClaimRequest, Edit, Edited
from foliot.service.admission import JobRequest
from foliot.service.editing import JobChanges
from foliot.wiring import System
from tests.engine import hands
from tests.engine.house import HandClock

IN_AN_HOUR = timedelta(hours=1)


async def _recurring(system: System, schedule: Schedule | None = None) -> Job:
    ticket = await hands.recur(system, schedule or Every(seconds=10))
    return await system.services.jobs.get(system.identity, ticket.job_id)


async def _once(system: System, delay: float = 0.0) -> Job:
    return await system.services.jobs.get(system.identity, await hands.submit(system, delay))


async def _update(system: System, job: Job, expected: int | None = None, **changes: Any) -> Job:
    return await system.services.jobs.update(system.identity, job.id, JobChanges(**changes), expected)


async def _plan(system: System) -> None:
    planner = Planner(system.store, hands.CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        pass


async def _retry(system: System, claimed: Claimed) -> None:
    """Let an attempt fail; another follows in a minute."""
    now = system.clock.now()
    await system.store.finish(
        [
            Outcome(
                run_id=claimed.run_id, tenant_id=claimed.tenant_id, lease=claimed.lease, state=RunState.RETRYING,
                cause=Cause.RAISED, at=now, due_at=now + timedelta(minutes=1),
            )
        ]
    )  # fmt: skip


async def _told(system: System, job: Job) -> dict[str, Any]:
    """What the latest event of a job says, but for who and which revision."""
    event = (await system.services.jobs.events(system.identity, job.id))[-1]
    assert event.type is EventType.JOB_UPDATED
    assert event.data["by"] == system.identity.user_id
    return {name: value for name, value in event.data.items() if name not in ("by", "revision")}


class Meanwhile:
    """Does something between the look at a job and the edit of it, the first few times."""

    def __init__(self, system: System, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
        self.edit = system.store.edit
        self.times = times
        self.tries = 0
        self.deed: Any = None
        monkeypatch.setattr(system.store, "edit", self)

    async def __call__(self, batch: Sequence[Edit]) -> list[Edited]:
        self.tries += 1
        if self.tries <= self.times:
            await self.deed()
        return await self.edit(batch)


# -- what may be otherwise


async def test_all_that_options_say_may_be_otherwise(system: System) -> None:
    job = await _recurring(system)
    retry = RetryPolicy(max_attempts=9)
    edited = await _update(
        system, job, payload=b'{"a": 1}', queue="slow", priority=Priority.HIGH, timeout_seconds=5.0, retry=retry
    )
    assert (edited.payload, edited.queue, edited.priority, edited.max_attempts, edited.revision) == (
        b'{"a": 1}', "slow", Priority.HIGH, 9, 2,
    )  # fmt: skip
    assert edited.overrides == Overrides(timeout_seconds=5.0, retry=retry)
    assert (edited.schedule, edited.next_at) == (job.schedule, job.next_at)


async def test_none_is_what_the_type_says(system: System) -> None:
    job = await _recurring(system)
    await _update(
        system,
        job,
        queue="slow",
        priority=Priority.HIGH,
        timeout_seconds=5.0,
        retry=RetryPolicy(max_attempts=9),
        payload=b"1",
    )
    edited = await _update(system, job, queue=None, priority=None, timeout_seconds=None, retry=None)
    policy = Policy()
    assert (edited.queue, edited.priority, edited.max_attempts) == (
        "default",
        policy.priority,
        policy.retry.max_attempts,
    )
    assert (edited.overrides, edited.payload) == (Overrides(), b"1")


async def test_the_event_tells_who_changed_what_but_no_payload(system: System) -> None:
    job = await _recurring(system)
    await _update(system, job, payload=b'{"secret":1}', priority=Priority.LOW, timeout_seconds=5.0)
    assert await _told(system, job) == {
        "changed": {
            "payload": {}, "priority": {"from": "default", "to": "low"}, "timeout_seconds": {"from": None, "to": 5.0},
        }
    }  # fmt: skip


async def test_an_edit_that_changes_nothing_is_none(system: System) -> None:
    job = await _recurring(system)
    schedule = Every(seconds=10)
    assert await _update(system, job, payload=b"{}", queue="default", priority=job.priority, schedule=schedule) == job
    assert await _update(system, job) == job
    assert len(await system.services.jobs.events(system.identity, job.id)) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"payload": b"{"}, InvalidPayload),
        ({"payload": b'{"name": 1}'}, InvalidPayload),
        ({"payload": b'"' + b"x" * 300_000 + b'"'}, PayloadTooLarge),
        ({"queue": " "}, InvalidPolicy),
        ({"timeout_seconds": -1.0}, InvalidPolicy),
        ({"retry": RetryPolicy(max_attempts=0)}, InvalidPolicy),
        ({"schedule": Every(seconds=0.1)}, InvalidSchedule),
        ({"schedule": Cron("61 * * * *")}, InvalidSchedule),
        ({"schedule": Every(seconds=10), "delay_seconds": 5.0}, InvalidRequest),
    ],
    ids=str,
)
async def test_what_could_not_be_submitted_cannot_be_made(
    system: System, changes: dict[str, Any], error: type[FoliotError]
) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    await system.services.catalogue.register([JobType(name="rest", schema=schema)])
    job = await _recurring(system)
    with pytest.raises(error):
        await _update(system, job, **changes)
    assert await system.services.jobs.get(system.identity, job.id) == job


async def test_what_stays_is_not_checked_again(system: System) -> None:
    job = await _recurring(system)
    await system.services.catalogue.register([JobType(name="rest", schema={"type": "object", "required": ["name"]})])
    assert (await _update(system, job, queue="slow")).queue == "slow"


async def test_a_job_that_runs_once_does_not_come_to_recur_nor_the_other_way_round(system: System) -> None:
    once, job = await _once(system, 60), await _recurring(system)
    with pytest.raises(Conflict, match="runs once"):
        await _update(system, once, schedule=Every(seconds=10))
    for changes in ({"schedule": At(job.created_at + IN_AN_HOUR)}, {"schedule": None}, {"delay_seconds": 5.0}):
        with pytest.raises(Conflict, match="recurs"):
            await _update(system, job, **changes)


async def test_an_ended_job_is_refused(system: System) -> None:
    once, job = await _once(system, 60), await _recurring(system)
    for each in (once, job):
        await system.services.jobs.cancel(system.identity, each.id)
        with pytest.raises(Conflict, match="is cancelled"):
            await _update(system, each, queue="slow")


# -- revisions


async def test_who_expects_an_old_revision_is_told_the_present_one(system: System) -> None:
    job = await _recurring(system)
    await _update(system, job, expected=1, queue="slow")
    with pytest.raises(RevisionConflict, match="revision is 2") as told:
        await _update(system, job, expected=1, queue="fast")
    assert (told.value.revision, told.value.code) == (2, "precondition_failed")
    assert (await _update(system, job, expected=2, queue="fast")).revision == 3


async def test_of_two_that_expect_the_same_revision_one_wins(system: System) -> None:
    job = await _recurring(system)
    both = await asyncio.gather(
        *(_update(system, job, expected=1, queue=queue) for queue in ("one", "other")), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in both) == ["Job", "RevisionConflict"]
    assert (await system.services.jobs.get(system.identity, job.id)).revision == 2


async def test_two_that_expect_nothing_both_win(system: System) -> None:
    job = await _recurring(system)
    await asyncio.gather(_update(system, job, queue="slow"), _update(system, job, priority=Priority.HIGH))
    edited = await system.services.jobs.get(system.identity, job.id)
    assert (edited.queue, edited.priority, edited.revision) == ("slow", Priority.HIGH, 3)


async def test_a_pause_in_between_makes_an_old_view_old(system: System) -> None:
    job = await _recurring(system)
    await system.services.jobs.pause(system.identity, job.id, expected=1)
    with pytest.raises(RevisionConflict):
        await _update(system, job, expected=1, queue="slow")
    with pytest.raises(RevisionConflict):
        await system.services.jobs.resume(system.identity, job.id, expected=1)
    assert (await system.services.jobs.resume(system.identity, job.id, expected=2)).revision == 3


async def test_planning_in_between_makes_no_view_old(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(10)
    await _plan(system)
    assert (await _update(system, job, expected=1, queue="slow")).revision == 2


# -- schedules


async def test_another_schedule_is_followed_from_now_on(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(5)
    edited = await _update(system, job, schedule=Every(seconds=60))
    assert edited.next_at == clock.now() + timedelta(seconds=60)
    assert (await _told(system, job)).keys() == {"changed"}
    clock.advance(59)
    await _plan(system)
    assert await hands.runs(system) == []
    clock.advance(1)
    await _plan(system)
    assert [run.due_at for run in await hands.runs(system)] == [edited.next_at]


async def test_another_start_and_end_are_respected(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    start = clock.now() + IN_AN_HOUR
    assert (await _update(system, job, schedule=Every(seconds=10, start=start))).next_at == start
    with pytest.raises(InvalidSchedule):
        await _update(system, job, schedule=Every(seconds=10, end=clock.now() - IN_AN_HOUR))


async def test_the_count_of_a_schedule_counts_what_was_before_the_edit(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(10)
    await _plan(system)
    clock.advance(1)
    with pytest.raises(InvalidSchedule, match="has had 1 occurrences"):
        await _update(system, job, schedule=Every(seconds=10, count=1))
    await _update(system, job, schedule=Every(seconds=10, count=2))
    clock.advance(1000)
    await _plan(system)
    done = await system.services.jobs.get(system.identity, job.id)
    assert (done.planned, done.next_at) == (2, None)


async def test_what_was_due_and_not_planned_is_passed_over_and_told(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(35)
    edited = await _update(system, job, schedule=Every(seconds=60))
    assert (edited.planned, edited.next_at) == (3, clock.now() + timedelta(seconds=60))
    assert (await _told(system, job))["passed_over"] == 3


async def test_an_instant_that_was_planned_is_not_planned_again(system: System, clock: HandClock) -> None:
    """Whoever planned had a clock that is ahead of ours."""
    job = await _recurring(system)
    clock.advance(10)
    await _plan(system)
    clock.advance(-3)
    assert job.next_at is not None
    edited = await _update(system, job, schedule=Every(seconds=7, start=job.next_at))
    assert edited.next_at == job.next_at + timedelta(seconds=7)
    clock.advance(100)
    await _plan(system)


async def test_a_paused_job_stays_paused_and_goes_on_by_its_new_schedule(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    await system.services.jobs.pause(system.identity, job.id)
    edited = await _update(system, job, schedule=Every(seconds=60))
    assert edited.state is JobState.PAUSED
    resumed = await system.services.jobs.resume(system.identity, job.id)
    assert resumed.next_at == clock.now() + timedelta(seconds=60)


async def test_an_occurrence_that_is_planned_meanwhile_stays_and_the_edit_goes_on_from_there(
    system: System, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _recurring(system)
    clock.advance(10)
    meanwhile = Meanwhile(system, monkeypatch)
    meanwhile.deed = lambda: _plan(system)
    edited = await _update(system, job, expected=1, schedule=Every(seconds=60))
    assert (meanwhile.tries, edited.planned, edited.revision) == (2, 1, 2)
    assert [run.due_at for run in await hands.runs(system)] == [job.next_at]
    assert "passed_over" not in await _told(system, job)


# -- runs


async def test_a_run_that_was_planned_and_waits_follows_its_job(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(10)
    await _plan(system)
    await _update(system, job, queue="slow", priority=Priority.LOW, payload=b'{"a":1}')
    [run] = await hands.runs(system)
    assert (run.queue, run.priority, run.state) == ("slow", Priority.LOW, RunState.QUEUED)
    assert await hands.claim(system) == []
    assert [claimed.payload for claimed in await _claim_from(system, "slow")] == ['{"a":1}']


async def test_a_run_that_runs_goes_on_as_it_was_begun(system: System, clock: HandClock) -> None:
    job = await _recurring(system)
    clock.advance(10)
    await _plan(system)
    running = await hands.claim(system)
    await _update(system, job, queue="slow")
    [run] = await hands.runs(system)
    assert (run.queue, run.state) == ("default", RunState.RUNNING)
    assert await hands.succeed(system, running) == frozenset()


async def test_a_moved_run_is_published_anew(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await _once(system)
    broker = hands.CountingBroker()
    monkeypatch.setattr(system.services.jobs._editing, "_broker", broker)
    await _update(system, job, payload=b"1")
    assert broker.published == 0
    await _update(system, job, queue="slow")
    assert broker.published == 1


async def test_the_time_of_a_job_that_runs_once_may_change_until_its_run_is_started(
    system: System, clock: HandClock
) -> None:
    job = await _once(system, 60)
    later = clock.now() + IN_AN_HOUR
    edited = await _update(system, job, schedule=At(later))
    assert (edited.schedule, (await hands.run_of(system, job.id)).due_at) == (At(later), later)
    assert (await _update(system, job, delay_seconds=5.0)).schedule == At(clock.now() + timedelta(seconds=5))
    assert (await _update(system, job, schedule=None)).schedule is None
    assert (await hands.run_of(system, job.id)).state is RunState.QUEUED
    await _update(system, job, delay_seconds=5.0)
    assert (await hands.run_of(system, job.id)).state is RunState.PENDING
    await _update(system, job, delay_seconds=0.0)
    await hands.claim(system)
    with pytest.raises(Conflict, match="has started"):
        await _update(system, job, delay_seconds=5.0)
    told = [event.type for event in await hands.events(system, job.id)]
    assert told == [
        EventType.RUN_CREATED, EventType.RUN_RESCHEDULED, EventType.RUN_RESCHEDULED, EventType.RUN_RESCHEDULED,
        EventType.RUN_QUEUED, EventType.RUN_POSTPONED, EventType.RUN_RESCHEDULED, EventType.RUN_QUEUED,
        EventType.RUN_STARTED,
    ]  # fmt: skip


async def test_a_time_long_past_is_refused(system: System, clock: HandClock) -> None:
    with pytest.raises(InvalidTime, match="in the past"):
        await _update(system, await _once(system, 60), schedule=At(clock.now() - 2 * IN_AN_HOUR))


async def test_a_time_at_which_the_run_would_have_expired_is_refused(system: System, clock: HandClock) -> None:
    request = JobRequest(type="rest", delay_seconds=60, expires_in_seconds=600)
    ticket = await system.services.jobs.submit(system.identity, request)
    job = await system.services.jobs.get(system.identity, ticket.job_id)
    with pytest.raises(InvalidExpiry):
        await _update(system, job, delay_seconds=600.0)
    edited = await _update(system, job, delay_seconds=599.0)
    assert edited.overrides == job.overrides
    assert (await hands.run_of(system, job.id)).expires_at == job.overrides.expires_at


async def test_by_when_it_must_start_can_be_changed_and_taken_off(system: System, clock: HandClock) -> None:
    job = await _once(system, 60)
    edited = await _update(system, job, expires_in_seconds=600.0)
    assert edited.overrides.expires_at == clock.now() + timedelta(seconds=600)
    assert (await hands.run_of(system, job.id)).expires_at == edited.overrides.expires_at
    with pytest.raises(InvalidExpiry, match="before it is due"):
        await _update(system, edited, expires_in_seconds=59.0)
    with pytest.raises(InvalidExpiry, match="not both"):
        await _update(system, edited, expires_in_seconds=600.0, expires_at=clock.now() + IN_AN_HOUR)
    both = await _update(system, edited, delay_seconds=700.0, expires_at=clock.now() + IN_AN_HOUR)
    assert (await hands.run_of(system, job.id)).expires_at == clock.now() + IN_AN_HOUR
    assert (await _update(system, both, expires_in_seconds=None)).overrides.expires_at is None
    assert (await hands.run_of(system, job.id)).expires_at is None


async def test_an_edited_run_that_does_not_start_in_time_expires(system: System, clock: HandClock) -> None:
    job = await _once(system)
    await _update(system, job, expires_in_seconds=5.0)
    clock.advance(5)
    assert await hands.claim(system) == []


async def test_a_run_that_was_tried_keeps_its_time_but_not_its_payload(system: System) -> None:
    job = await _once(system)
    [claimed] = await hands.claim(system)
    with pytest.raises(Conflict, match="next attempt"):
        await _update(system, job, payload=b"1")
    await _retry(system, claimed)
    with pytest.raises(Conflict, match="its time cannot be changed"):
        await _update(system, job, delay_seconds=5.0)
    assert (await _update(system, job, payload=b"1")).payload == b"1"


async def test_a_claim_that_comes_first_wins(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await _once(system)
    meanwhile = Meanwhile(system, monkeypatch)
    meanwhile.deed = lambda: hands.claim(system)
    with pytest.raises(Conflict, match="has started"):
        await _update(system, job, payload=b"1")
    assert await system.services.jobs.get(system.identity, job.id) == job


async def test_a_job_of_nobody_is_not_found(system: System) -> None:
    with pytest.raises(NotFound):
        await system.services.jobs.update(system.identity, "01970000-0000-7000-8000-000000000000", JobChanges())


async def test_changes_may_be_told_from_the_job_itself(system: System) -> None:
    request = JobRequest(type="rest", queue="a", delay_seconds=60)
    ticket = await system.services.jobs.submit(system.identity, request)
    edited = await system.services.jobs.update(
        system.identity, ticket.job_id, lambda job: JobChanges(queue=f"{job.queue}{job.queue}")
    )
    assert edited.queue == "aa"


async def _claim_from(system: System, queue: str) -> list[Claimed]:
    now = system.clock.now()
    return await system.store.claim(
        ClaimRequest(
            worker="worker-1", queues=[queue], limit=10, now=now, lease_until=now + hands.LEASE,
            handicaps=dict.fromkeys(Priority, (0.5, 1.0)),
        )
    )  # fmt: skip
