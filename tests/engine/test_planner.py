"""Each planned instant of a job that recurs becomes one run, or is accounted for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from foliot import RunState
from foliot.domain.run import Cause
from foliot.domain.schedule import Cron, Every, RRule, Schedule, jitter
from foliot.domain.states import EventType, JobState
from foliot.engine.planner import Planner
from foliot.ports import Laid, Plan
from foliot.service.admission import JobRequest, ParentRequest
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock


@pytest.fixture
def planner(system: System) -> Planner:
    return Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)


async def _run_all(system: System) -> None:
    """Work off what is queued."""
    await hands.succeed(system, await hands.claim(system))


async def test_each_occurrence_has_one_run_at_its_planned_instant(
    system: System, clock: HandClock, planner: Planner
) -> None:
    await hands.recur(system, Every(seconds=10))
    start = clock.now()
    for _ in range(5):
        clock.advance(10)
        await planner.step()
        await planner.step()
        await _run_all(system)
    found = await hands.runs(system)
    assert [run.due_at - start for run in found] == [timedelta(seconds=10 * n) for n in range(1, 6)]
    assert {run.state for run in found} == {RunState.SUCCEEDED}


async def test_nothing_is_planned_before_its_instant(system: System, clock: HandClock, planner: Planner) -> None:
    await hands.recur(system, Every(seconds=10))
    clock.advance(10 - 1e-6)
    assert await planner.step() == pytest.approx(1e-6)
    assert await hands.runs(system) == []


async def test_what_was_missed_is_merged_into_one_run_that_says_so(
    system: System, clock: HandClock, planner: Planner
) -> None:
    await hands.recur(system, Every(seconds=10))
    first = clock.now() + timedelta(seconds=10)
    clock.advance(55)
    await planner.step()
    [run] = await hands.runs(system)
    assert run.due_at == first
    [merged] = [event for event in await hands.events(system, run.id) if event.type is EventType.OCCURRENCES_MERGED]
    assert merged.data == {"count": 4, "policy": "coalesce"}
    assert (await hands.the_job(system)).next_at == first + timedelta(seconds=50)


async def test_the_series_keeps_its_beat_after_a_pause(system: System, clock: HandClock, planner: Planner) -> None:
    await hands.recur(system, Every(seconds=10))
    start = clock.now()
    clock.advance(55)
    await planner.step()
    await _run_all(system)
    clock.advance(5)
    await planner.step()
    assert [run.due_at - start for run in await hands.runs(system)] == [timedelta(seconds=10), timedelta(seconds=60)]


async def test_a_pause_of_a_year_costs_one_run(system: System, clock: HandClock, planner: Planner) -> None:
    await hands.recur(system, Every(seconds=1))
    clock.advance(366 * 24 * 3600)
    await planner.step()
    [run] = await hands.runs(system)
    [merged] = [event for event in await hands.events(system, run.id) if event.type is EventType.OCCURRENCES_MERGED]
    assert merged.data["count"] == 366 * 24 * 3600 - 1


async def test_an_occurrence_during_a_run_is_skipped_and_recorded(
    system: System, clock: HandClock, planner: Planner
) -> None:
    await hands.recur(system, Every(seconds=10))
    clock.advance(10)
    await planner.step()
    busy = await hands.claim(system)
    clock.advance(10)
    await planner.step()
    await hands.succeed(system, busy)
    clock.advance(10)
    await planner.step()
    first, skipped, third = await hands.runs(system)
    assert [first.state, skipped.state, third.state] == [RunState.SUCCEEDED, RunState.SKIPPED, RunState.QUEUED]
    assert skipped.cause is Cause.OVERLAP
    assert [event.type for event in await hands.events(system, skipped.id)] == [
        EventType.RUN_CREATED, EventType.RUN_SKIPPED,
    ]  # fmt: skip


async def test_several_planners_at_once_plan_each_occurrence_once(system: System, clock: HandClock) -> None:
    for _ in range(20):
        await hands.recur(system, Every(seconds=10))
    for _ in range(3):
        clock.advance(10)
        planners = [Planner(system.store, CountingBroker(), system._ids, clock, system._wakeup) for _ in range(4)]
        await asyncio.gather(*(planner.step() for planner in planners))
        await _run_all(system)
    found = await hands.runs(system)
    assert len(found) == len({(run.job_id, run.due_at) for run in found}) == 60


async def test_a_job_with_a_count_ends_with_its_last_run(system: System, clock: HandClock, planner: Planner) -> None:
    ticket = await hands.recur(system, Every(seconds=10, count=2))
    for _ in range(4):
        clock.advance(10)
        await planner.step()
        await _run_all(system)
    assert len(await hands.runs(system)) == 2
    job = await system.services.jobs.get(system.identity, ticket.job_id)
    assert (job.state, job.next_at) == (JobState.COMPLETED, None)


async def test_a_job_with_an_end_has_no_run_after_it(system: System, clock: HandClock, planner: Planner) -> None:
    await hands.recur(system, Every(seconds=10, end=clock.now() + timedelta(seconds=25)))
    for _ in range(4):
        clock.advance(10)
        await planner.step()
        await _run_all(system)
    assert len(await hands.runs(system)) == 2


async def test_a_cancelled_job_has_no_more_runs(system: System, clock: HandClock, planner: Planner) -> None:
    ticket = await hands.recur(system, Every(seconds=10))
    clock.advance(10)
    await planner.step()
    await system.services.jobs.cancel(system.identity, ticket.job_id)
    clock.advance(10)
    await planner.step()
    assert [run.state for run in await hands.runs(system)] == [RunState.CANCELLED]


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("0 8 * * *", "America/New_York"),
        RRule("FREQ=DAILY", start=datetime.fromisoformat("2026-10-30T08:00:00"), timezone="America/New_York"),
    ],
    ids=["cron", "rrule"],
)
async def test_a_job_keeps_its_local_time_when_clocks_are_set(
    system: System, clock: HandClock, planner: Planner, schedule: Schedule
) -> None:
    clock.at = datetime(2026, 10, 30, 13, tzinfo=UTC)
    await hands.recur(system, schedule)
    for _ in range(4):
        clock.advance(24 * 3600)
        while await planner.step() == 0.0:
            await _run_all(system)
    due = sorted(run.due_at.isoformat() for run in await hands.runs(system))
    assert due == [f"2026-{day}:00:00+00:00" for day in ("10-31T12", "11-01T13", "11-02T13", "11-03T13")]


async def test_jitter_makes_runs_later_each_always_by_the_same(
    system: System, clock: HandClock, planner: Planner
) -> None:
    start, hour = clock.now(), timedelta(hours=1)
    for _ in range(20):
        await hands.recur(system, Every(seconds=3600, jitter_seconds=600))
    clock.advance(3600)
    await planner.step()
    late = [run.due_at - start - hour for run in await hands.runs(system)]
    assert all(timedelta(0) <= each < timedelta(seconds=600) for each in late)
    assert len(set(late)) == 20
    assert late == [jitter(run.job_id, start + hour, timedelta(seconds=600)) for run in await hands.runs(system)]
    assert {run.state for run in await hands.runs(system)} == {RunState.PENDING}
    clock.advance(600)
    await hands.promote(system)
    assert len(await hands.claim(system)) == 20
    assert {(await hands.the_next(system, run.job_id)) for run in await hands.runs(system)} == {start + 2 * hour}


async def test_what_was_decided_when_clocks_are_set_is_told_by_the_run(
    system: System, clock: HandClock, planner: Planner
) -> None:
    clock.at = datetime(2027, 3, 13, 12, tzinfo=UTC)
    await hands.recur(system, Cron("30 2 * * *", "America/New_York"))
    told = []
    for at in (datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 3, 15, 6, 30, tzinfo=UTC)):
        clock.at = at
        await planner.step()
        await _run_all(system)
        run = (await hands.runs(system))[-1]
        assert run.due_at == at
        told.append([e.data for e in await hands.events(system, run.id) if e.type is EventType.OCCURRENCE_RESOLVED])
    note = "02:30 does not exist, as clocks are set forward; runs at 03:00, the first valid minute."
    decision = {"kind": "gap_next_valid", "wall": "2027-03-14T02:30:00"}
    assert told == [[{"note": note, "timezone": "America/New_York", "decisions": [decision]}], []]


async def test_ten_thousand_jobs_that_are_due_at_once_are_planned_in_batches(
    system: System, clock: HandClock, planner: Planner
) -> None:
    at = clock.now() + timedelta(minutes=1)
    requests = [JobRequest(type="rest", schedule=Every(seconds=3600, start=at))] * 10_000
    await system.services.jobs.submit_many(system.identity, requests)
    clock.at = at
    steps = 0
    while await planner.step() == 0.0:
        steps += 1
    assert steps == 10
    assert len(await hands.claim(system, limit=20_000)) == 10_000


async def test_many_jobs_with_many_after_them_are_planned_in_parts(
    system: System, clock: HandClock, planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[int] = []
    plan = system.store.plan

    async def counted(batch: Sequence[Plan]) -> Laid:
        parts.append(sum(len(each.runs) for each in batch))
        return await plan(batch)

    monkeypatch.setattr(system.store, "plan", counted)
    at = clock.now() + timedelta(minutes=1)
    for _ in range(12):
        root = JobRequest(type="rest", schedule=Every(seconds=3600, start=at), alias="root")
        after = JobRequest(type="rest", parents=[ParentRequest(alias="root")])
        await system.services.jobs.submit_many(system.identity, [root, *[after] * 999], all_or_none=True)
    clock.at = at
    assert await planner.step() == 0.0
    assert parts == [5_000, 5_000, 2_000]
    assert await planner.step() > 0.0
    assert len(await hands.claim(system, limit=20_000)) == 12


async def test_each_run_expires_in_its_own_time(system: System, clock: HandClock, planner: Planner) -> None:
    await hands.recur(system, Every(seconds=10), expires_in_seconds=4)
    for _ in range(2):
        clock.advance(10)
        await planner.step()
        lapsed = await system.store.expire(clock.now() + timedelta(seconds=4), 10)
        assert len(lapsed.runs) == 1
    found = await hands.runs(system)
    assert [run.state for run in found] == [RunState.EXPIRED] * 2
    assert [run.due_at for run in found] == [clock.now() - timedelta(seconds=10), clock.now()]
