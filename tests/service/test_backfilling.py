"""Occurrences of the past that had no run of their own get one, once, in their order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from foliot import RunState
from foliot.domain.errors import Conflict, FoliotError, InvalidRequest, InvalidTime
from foliot.domain.policy import Overlap
from foliot.domain.run import Run
from foliot.domain.schedule import Cron, Every, RRule, Schedule, Skip
from foliot.domain.states import EventType
from foliot.engine.planner import Planner
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock

HOUR = timedelta(hours=1)


async def _plan(system: System) -> None:
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        pass


async def _backfill(system: System, since: datetime, until: datetime | None = None) -> list[Run]:
    job = await hands.the_job(system)
    return await system.services.backfilling.backfill(system.identity, job.id, since, until)


async def _run_all(system: System) -> list[datetime | None]:
    """Work off all that is queued, and what follows; their planned instants in the order in which they ran."""
    ran: list[datetime | None] = []
    while claimed := await hands.claim(system, limit=1):
        ran += [each.planned_at for each in claimed]
        await hands.succeed(system, claimed)
    return ran


async def test_what_was_skipped_is_made_good_in_its_order(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=3600), misfire=Skip())
    start = clock.now()
    clock.advance(5 * 3600 + 300)
    await _plan(system)
    runs = await _backfill(system, start + HOUR)
    assert [run.planned_at for run in runs] == [start + n * HOUR for n in range(1, 6)]
    assert [(await hands.run_of(system, run.id)).state for run in runs] == [RunState.QUEUED, *[RunState.BLOCKED] * 4]
    assert await _run_all(system) == [start + n * HOUR for n in range(1, 6)]
    told = await hands.occurrences(system)
    assert [(each.fate, each.run and each.run.id) for each in told] == [("backfilled", run.id) for run in runs]
    [asked] = [e for e in await hands.events(system, runs[0].id) if e.type is EventType.RUN_REQUESTED]
    assert asked.data["backfill"] == (start + HOUR).isoformat()


async def test_what_had_a_run_is_left_alone(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=3600))
    start = clock.now()
    clock.advance(3600)
    await _plan(system)
    await _run_all(system)
    clock.advance(3 * 3600 + 1)
    await _plan(system)
    assert [run.planned_at for run in await _backfill(system, start + HOUR)] == [start + 3 * HOUR, start + 4 * HOUR]
    assert await _backfill(system, start + HOUR) == []


async def test_what_came_before_the_job_did_can_be_made_good(system: System, clock: HandClock) -> None:
    clock.at = datetime(2027, 3, 16, 12, tzinfo=UTC)
    await hands.recur(system, Cron("0 8 * * *", "America/New_York"))
    runs = await _backfill(system, datetime(2027, 3, 12, 12, 30, tzinfo=UTC), datetime(2027, 3, 16, tzinfo=UTC))
    assert [run.planned_at.isoformat() for run in runs if run.planned_at] == [
        "2027-03-12T13:00:00+00:00", "2027-03-13T13:00:00+00:00", "2027-03-14T12:00:00+00:00",
        "2027-03-15T12:00:00+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "schedule",
    [
        Every(seconds=3600, count=3),
        Cron("0 * * * *", count=3),
        RRule("FREQ=HOURLY", "UTC", datetime.fromisoformat("2020-01-01T00:00:00"), count=3),
    ],
)
async def test_the_beat_of_the_schedule_is_kept(system: System, clock: HandClock, schedule: Schedule) -> None:
    clock.at = datetime(2027, 1, 1, 12, tzinfo=UTC)
    await hands.recur(system, schedule)
    runs = await _backfill(system, clock.now() - timedelta(minutes=150))
    assert [run.planned_at for run in runs] == [clock.now() - 2 * HOUR, clock.now() - HOUR]


async def test_they_come_after_what_still_runs(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=3600))
    start = clock.now()
    clock.advance(3600)
    await _plan(system)
    busy = await hands.claim(system)
    clock.advance(60)
    [run] = await _backfill(system, start - 90 * timedelta(minutes=1) + HOUR, start + timedelta(minutes=30))
    assert (await hands.run_of(system, run.id)).state is RunState.BLOCKED
    await hands.succeed(system, busy)
    assert (await hands.run_of(system, run.id)).state is RunState.QUEUED


async def test_they_run_at_once_where_overlaps_are_allowed(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=3600), misfire=Skip(), overlap=Overlap.ALLOW)
    start = clock.now()
    clock.advance(5 * 3600 + 300)
    await _plan(system)
    assert {run.state for run in await _backfill(system, start + HOUR)} == {RunState.QUEUED}
    assert len(await hands.claim(system)) == 5


async def test_two_who_backfill_at_once_do_it_once(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=3600), misfire=Skip())
    start = clock.now()
    clock.advance(5 * 3600 + 300)
    await _plan(system)
    made = await asyncio.gather(*(_backfill(system, start + HOUR) for _ in range(5)))
    assert sum(map(len, made)) == 5
    assert len(await hands.runs(system)) == 5


async def test_what_makes_no_sense_is_refused(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=1))
    now = clock.now()
    refused: list[tuple[type[FoliotError], str, datetime, datetime | None]] = [
        (InvalidTime, "to lies in the future", now, now + HOUR),
        (InvalidTime, "from lies in the future", now + HOUR, None),
        (InvalidTime, "later than from", now, now),
        (InvalidRequest, "1,000", now - HOUR, now),
    ]
    for kind, words, since, until in refused:
        with pytest.raises(kind, match=words):
            await _backfill(system, since, until)
    once = await hands.submit(system)
    with pytest.raises(Conflict, match="does not recur"):
        await system.services.backfilling.backfill(system.identity, once, now - HOUR, None)
