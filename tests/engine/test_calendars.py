"""The planner and exclusion calendars: what is excluded never runs, also if it was excluded late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from foliot import RunState
from foliot.domain.policy import Overlap
from foliot.domain.run import Cause
from foliot.domain.schedule import CatchUp, Cron, Every
from foliot.domain.states import EventType, JobState
from foliot.engine.planner import Planner
from foliot.engine.replanner import Replanner
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock

DAY = 24 * 3600.0
NINE = Cron("0 9 * * *", exclude=("holidays",))


async def _put(system: System, *days: int) -> None:
    dates = [date(2026, 5, day) for day in days]
    await system.services.calendars.put(system.identity, "holidays", dates)


async def _put_late(system: System, *days: int) -> None:
    """The calendar changes, and whoever changes it dies before the jobs follow."""
    with patch.object(system.services.calendars, "_replanning") as replanning:
        replanning.follow.return_value = 0

        async def follow(*_: object) -> int:
            return 0

        replanning.follow = follow
        await _put(system, *days)


async def _plan(system: System) -> None:
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        await hands.succeed(system, await hands.claim(system))


async def test_the_planner_passes_over_what_is_excluded(system: System, clock: HandClock) -> None:
    await _put(system, 2, 3)
    await hands.recur(system, NINE)
    for _ in range(5):
        clock.advance(DAY)
        await _plan(system)
    found = await hands.runs(system)
    assert [f"{run.due_at:%d %H:%M}" for run in found] == ["01 09:00", "04 09:00", "05 09:00"]
    assert (await hands.the_job(system)).planned == 3
    assert {run.state for run in found} == {RunState.SUCCEEDED}


async def test_an_instant_that_was_excluded_late_is_accounted_for_as_skipped(system: System, clock: HandClock) -> None:
    await _put(system)
    job_id = (await hands.recur(system, NINE)).job_id
    await _put_late(system, 1, 2)
    clock.advance(2 * 3600)
    await _plan(system)
    [skipped] = await hands.runs(system)
    assert (skipped.state, skipped.cause) == (RunState.SKIPPED, Cause.CALENDAR)
    assert [event.type for event in await hands.events(system, skipped.id)] == [
        EventType.RUN_CREATED, EventType.RUN_SKIPPED,
    ]  # fmt: skip
    [account] = await hands.occurrences(system)
    assert (account.planned_at, account.fate) == (datetime(2026, 5, 1, 9, tzinfo=UTC), "skipped")
    told = await system.services.occurrences.between(system.identity, job_id, None, None, 2)
    assert [(each.planned_at.day, each.reason) for each in told.items] == [(1, "skipped: calendar"), (3, "planned")]
    assert (await hands.the_job(system)).planned == 0


async def test_nothing_makes_way_for_what_is_excluded(system: System, clock: HandClock) -> None:
    await _put(system)
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    await hands.recur(system, NINE, overlap=Overlap.CANCEL_RUNNING)
    clock.advance(2 * 3600)
    await planner.step()
    [busy] = await hands.claim(system)
    await _put_late(system, 2)
    clock.advance(DAY)
    await planner.step()
    assert (await hands.run_of(system, busy.run_id)).cancel_requested_at is None


async def test_what_was_missed_beside_it_is_settled_by_the_policy(system: System, clock: HandClock) -> None:
    await _put(system)
    policy = CatchUp(grace_seconds=7 * DAY, stagger_seconds=0)
    await hands.recur(system, NINE, misfire=policy, overlap=Overlap.ALLOW)
    await _put_late(system, 1, 3)
    clock.advance(4 * DAY + 2 * 3600)
    await _plan(system)
    assert [(run.planned_at.day, run.state) for run in await hands.runs(system) if run.planned_at is not None] == [
        (1, RunState.SKIPPED), (2, RunState.SUCCEEDED), (4, RunState.SUCCEEDED), (5, RunState.SUCCEEDED),
    ]  # fmt: skip
    job = await hands.the_job(system)
    assert (job.planned, job.next_at) == (3, datetime(2026, 5, 6, 9, tzinfo=UTC))


async def test_an_interval_goes_on_with_its_beat_after_an_excluded_day(system: System, clock: HandClock) -> None:
    await _put(system, 2)
    start = clock.now()
    await hands.recur(system, Every(seconds=7 * 3600, exclude=("holidays",)))
    for _ in range(12):
        clock.advance(7 * 3600)
        await _plan(system)
    found = [run.due_at for run in await hands.runs(system)]
    assert all((at - start) % timedelta(hours=7) == timedelta(0) for at in found)
    assert [at.day for at in found] == [1, 1, 3, 3, 3, 3, 4, 4, 4]


async def test_a_count_counts_what_runs(system: System, clock: HandClock) -> None:
    await _put(system, 2)
    await hands.recur(system, Cron("0 9 * * *", exclude=("holidays",), count=2))
    for _ in range(5):
        clock.advance(DAY)
        await _plan(system)
    assert [run.due_at.day for run in await hands.runs(system)] == [1, 3]
    job = await hands.the_job(system)
    assert job.state is JobState.COMPLETED
    assert len(await system.services.jobs.events(system.identity, job.id)) == 1


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_job_of_which_calendars_leave_nothing_has_ended_and_says_so(
    system: System, clock: HandClock, is_late: bool
) -> None:
    schedule = Cron("0 9 * * *", exclude=("holidays",), end=datetime(2026, 5, 4, tzinfo=UTC))
    await _put(system)
    job_id = (await hands.recur(system, schedule)).job_id
    await (_put_late(system, 1, 2, 3) if is_late else _put(system, 2, 3))
    clock.advance(2 * 3600)
    await _plan(system)
    job = await hands.the_job(system)
    assert (job.state, job.next_at) == (JobState.COMPLETED, None)
    ended = (await system.services.jobs.events(system.identity, job_id))[-1]
    assert (ended.type, ended.data) == (EventType.JOB_ENDED, {"because": "calendar", "calendars": ["holidays"]})


async def test_a_calendar_that_is_gone_excludes_nothing(system: System, clock: HandClock) -> None:
    await _put(system, 1)
    submit = system.store.submit

    async def late(batch: Any) -> Any:
        removed = await system.store.remove_calendar(system.identity.tenant_id, "holidays", 1)
        assert removed.was_there
        return await submit(batch)

    with patch.object(system.store, "submit", late):
        await hands.recur(system, NINE)
    assert (await hands.the_job(system)).next_at == datetime(2026, 5, 1, 9, tzinfo=UTC)
    clock.advance(2 * 3600)
    await _plan(system)
    assert [run.state for run in await hands.runs(system)] == [RunState.SUCCEEDED]


async def test_other_rules_of_timezones_leave_out_what_is_excluded(system: System, clock: HandClock) -> None:
    await _put(system, 1, 2)
    job_id = (await hands.recur(system, Cron("0 9 * * *", "Europe/Berlin", exclude=("holidays",)))).job_id
    for zones in ("old", "new"):
        await Replanner(system.store, system._ids, clock, system._wakeup, lambda zones=zones: zones).step()  # type: ignore[misc]
    assert await hands.the_next(system, job_id) == datetime(2026, 5, 3, 7, tzinfo=UTC)
