"""Previews are work for a processor; nobody else waits for them."""

import asyncio
from datetime import datetime, timedelta

import pytest

from foliot.domain.errors import InvalidSchedule, UnknownCalendar
from foliot.domain.identity import Role
from foliot.domain.schedule import Cron, Every, RRule
from foliot.service.previewing import Previewing
from foliot.wiring import System
from tests.engine.house import HandClock
from tests.service.conftest import Whoever

LONG_WORK = RRule("FREQ=DAILY;COUNT=10000;BYHOUR=1,2,3;BYMINUTE=7", "America/New_York", datetime(2026, 1, 1, 8))  # noqa: DTZ001


async def test_the_event_loop_goes_on_while_an_awkward_rule_is_expanded(system: System, whoever: Whoever) -> None:
    work = asyncio.create_task(system.services.previewing.preview(whoever(Role.VIEWER), LONG_WORK, None, 1_000))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len(await work) == 1_000
    assert turns >= 5


async def test_what_takes_too_long_is_refused_with_how_far_it_came(
    system: System, whoever: Whoever, clock: HandClock
) -> None:
    previewing = Previewing(system.store, clock, longest_seconds=0)
    with pytest.raises(InvalidSchedule, match="1 of 1,000 were found"):
        await previewing.preview(whoever(Role.VIEWER), Every(seconds=60), None, 1_000)


async def test_many_previews_at_once_are_answered_in_their_turn(system: System, whoever: Whoever) -> None:
    viewer = whoever(Role.VIEWER)
    asked = [system.services.previewing.preview(viewer, Every(seconds=60 + n), None, 3) for n in range(50)]
    assert [len(each) for each in await asyncio.gather(*asked)] == [3] * 50


async def test_a_preview_begins_at_the_clocks_now(system: System, clock: HandClock, whoever: Whoever) -> None:
    [shown] = await system.services.previewing.preview(whoever(Role.VIEWER), Every(seconds=60), None, 1)
    assert (shown.at - clock.now()).total_seconds() == 60


async def test_calendars_are_left_out(system: System, clock: HandClock, whoever: Whoever) -> None:
    day = clock.now().date() + timedelta(days=1)
    await system.services.calendars.put(whoever(Role.OPERATOR), "away", [day])
    viewer, daily = whoever(Role.VIEWER), Cron("@daily", exclude=("away",))
    [shown] = await system.services.previewing.preview(viewer, daily, None, 1)
    assert shown.at.date() == day + timedelta(days=1)
    with pytest.raises(UnknownCalendar, match="Did you mean 'away'"):
        await system.services.previewing.preview(viewer, Cron("@daily", exclude=("awa",)), None, 1)
