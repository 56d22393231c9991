"""Rules of timezones that have changed move what has not come yet, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from foliot.domain.schedule import Cron, Every
from foliot.domain.states import EventType
from foliot.domain.time import cron
from foliot.engine import replanner
from foliot.engine.planner import Planner
from foliot.engine.replanner import Replanner
from foliot.wiring import System
from foliot.wiring.zones import fingerprint
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock

EIGHT = Cron("0 8 * * *", "America/New_York")
NOON = datetime(2027, 1, 15, 17, tzinfo=UTC)


@contextmanager
def _new_york_is_at(zone: str) -> Iterator[None]:
    with patch.object(cron, "zone_of", lambda _: ZoneInfo(zone)):
        yield


async def _look(system: System, zones: str) -> None:
    await Replanner(system.store, system._ids, system.clock, system._wakeup, lambda: zones).step()


async def _plan(system: System) -> None:
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        await hands.succeed(system, await hands.claim(system))


@pytest.fixture
async def daily(system: System, clock: HandClock) -> str:
    """A job at 08:00 in New York, on a noon there."""
    clock.at = NOON
    await _look(system, "old")
    return (await hands.recur(system, EIGHT)).job_id


@pytest.mark.parametrize(("zone", "hour"), [("America/Chicago", 14), ("America/Halifax", 12)])
async def test_the_next_instant_keeps_its_wall_time(system: System, daily: str, zone: str, hour: int) -> None:
    with _new_york_is_at(zone):
        await _look(system, "new")
    assert await hands.the_next(system, daily) == datetime(2027, 1, 16, hour, tzinfo=UTC)
    [_, told] = await system.services.jobs.events(system.identity, daily)
    assert (told.type, told.data) == (
        EventType.JOB_REPLANNED,
        {"from": "2027-01-16T13:00:00+00:00", "to": f"2027-01-16T{hour}:00:00+00:00", "because": "zones"},
    )


async def test_an_instant_that_has_passed_by_the_new_rules_is_not_lost(
    system: System, clock: HandClock, daily: str
) -> None:
    clock.at = datetime(2027, 1, 16, 12, 30, tzinfo=UTC)
    with _new_york_is_at("America/Halifax"):
        await _look(system, "new")
        await _plan(system)
    assert [run.due_at for run in await hands.runs(system)] == [datetime(2027, 1, 16, 12, tzinfo=UTC)]


async def test_an_occurrence_that_was_planned_does_not_come_again(system: System, clock: HandClock, daily: str) -> None:
    clock.at = datetime(2027, 1, 16, 13, 30, tzinfo=UTC)
    await _plan(system)
    with _new_york_is_at("America/Halifax"):
        await _look(system, "new")
        await _plan(system)
    assert len(await hands.runs(system)) == 1
    assert await hands.the_next(system, daily) == datetime(2027, 1, 17, 12, tzinfo=UTC)


async def test_what_a_pause_passed_over_does_not_come_again(system: System, clock: HandClock) -> None:
    clock.at = NOON
    await _look(system, "old")
    hourly = (await hands.recur(system, Cron("0 * * * *", "America/New_York"))).job_id
    await system.services.jobs.pause(system.identity, hourly)
    clock.advance(5.5 * 3600)
    await system.services.jobs.resume(system.identity, hourly)
    before = await hands.the_next(system, hourly)
    with _new_york_is_at("America/Chicago"):
        await _look(system, "new")
    assert await hands.the_next(system, hourly) == before == NOON + timedelta(hours=6)


async def test_what_stays_as_it_is_is_left_alone(system: System, daily: str) -> None:
    every = await hands.recur(system, Every(seconds=60))
    before = [await hands.the_next(system, job_id) for job_id in (daily, every.job_id)]
    await _look(system, "new")
    assert [await hands.the_next(system, job_id) for job_id in (daily, every.job_id)] == before
    assert len(await system.services.jobs.events(system.identity, daily)) == 1


async def test_the_same_rules_are_not_looked_at_again(system: System, daily: str) -> None:
    with _new_york_is_at("America/Chicago"):
        await _look(system, "old")
    assert await hands.the_next(system, daily) == datetime(2027, 1, 16, 13, tzinfo=UTC)


async def test_all_jobs_are_gone_through_page_by_page(
    system: System, daily: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replanner, "_PAGE", 3)
    others = [(await hands.recur(system, EIGHT)).job_id for _ in range(10)]
    with _new_york_is_at("America/Chicago"):
        await _look(system, "new")
    moved = {await hands.the_next(system, job_id) for job_id in (daily, *others)}
    assert moved == {datetime(2027, 1, 16, 14, tzinfo=UTC)}


def test_the_rules_have_a_fingerprint() -> None:
    assert len(fingerprint()) == 32
    fingerprint.cache_clear()
    before = datetime.now(tz=UTC)
    fingerprint()
    assert datetime.now(tz=UTC) - before < timedelta(seconds=5)
