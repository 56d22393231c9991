"""Daily jobs in New York through the spring and autumn of 2027, when clocks are set on 14 March and 7 November."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from foliot import RunState
from foliot.domain.schedule import Fold, Gap
from foliot.testing import World, in_virtual_time
from tests.testing.jobs import app, tick

ZONE: Final = ZoneInfo("America/New_York")
BEFORE_SPRING: Final = datetime(2027, 2, 27, tzinfo=UTC)
BEFORE_AUTUMN: Final = datetime(2027, 10, 31, tzinfo=UTC)


async def began(world: World) -> list[datetime]:
    """When the runs began, on the clocks of New York, naive and with what a clock does not tell."""
    runs = await world.runs(tick)
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
    assert [run.started_at for run in runs] == [run.due_at for run in runs]
    return [run.due_at.astimezone(ZONE) for run in runs]


@in_virtual_time(app, start=BEFORE_SPRING)
async def test_eight_in_new_york_is_eight_in_new_york_every_day(world: World) -> None:
    await app.submit(tick.options(cron="0 8 * * *", timezone="America/New_York"))
    await world.clock.advance_to(datetime(2027, 12, 1, tzinfo=UTC))
    local = await began(world)
    assert {each.time() for each in local} == {time(8)}
    days = (date(2027, 11, 30) - date(2027, 2, 27)).days + 1
    assert [each.date() for each in local] == [date(2027, 2, 27) + timedelta(days=n) for n in range(days)]
    in_utc = {each.date(): each.astimezone(UTC).hour for each in local}
    assert (in_utc[date(2027, 3, 13)], in_utc[date(2027, 3, 14)]) == (13, 12)
    assert (in_utc[date(2027, 11, 6)], in_utc[date(2027, 11, 7)]) == (12, 13)


@pytest.mark.parametrize("rule", [False, True], ids=["cron", "rrule"])
@pytest.mark.parametrize(
    ("gap", "on_the_day"), [(None, ["07:00"]), ("next_valid", ["07:00"]), ("shift", ["07:30"]), ("skip", [])]
)
@in_virtual_time(app, start=BEFORE_SPRING)
async def test_half_past_two_does_in_the_gap_what_its_policy_says(
    world: World, rule: bool, gap: Gap | None, on_the_day: list[str]
) -> None:
    if rule:
        start = datetime(2027, 1, 1, 2, 30)  # noqa: DTZ001 - a rule counts from a local time
        daily = tick.options(rrule="FREQ=DAILY", start=start, timezone="America/New_York", gap=gap)
    else:
        daily = tick.options(cron="30 2 * * *", timezone="America/New_York", gap=gap)
    await app.submit(daily)
    await world.clock.advance_to(datetime(2027, 4, 1, tzinfo=UTC))
    local = await began(world)
    assert [f"{each.astimezone(UTC):%H:%M}" for each in local if each.date() == date(2027, 3, 14)] == on_the_day
    others = [each for each in local if each.date() != date(2027, 3, 14)]
    assert {each.time() for each in others} == {time(2, 30)}
    assert len(others) == 32


@pytest.mark.parametrize(
    ("fold", "on_the_day"),
    [(None, ["05:30"]), ("first", ["05:30"]), ("second", ["06:30"]), ("both", ["05:30", "06:30"])],
)
@in_virtual_time(app, start=BEFORE_AUTUMN)
async def test_half_past_one_does_in_the_fold_what_its_policy_says(
    world: World, fold: Fold | None, on_the_day: list[str]
) -> None:
    await app.submit(tick.options(cron="30 1 * * *", timezone="America/New_York", fold=fold))
    await world.clock.advance_to(datetime(2027, 11, 15, tzinfo=UTC))
    local = await began(world)
    assert [f"{each.astimezone(UTC):%H:%M}" for each in local if each.date() == date(2027, 11, 7)] == on_the_day
    assert {each.time() for each in local} == {time(1, 30)}
    assert len({each.date() for each in local}) == 15


@in_virtual_time(app, start=datetime(2027, 3, 14, tzinfo=UTC))
async def test_every_hour_is_an_hour_though_clocks_are_set(world: World) -> None:
    await app.submit(tick.options(cron="0 * * * *", timezone="America/New_York"))
    await world.clock.advance(days=1)
    assert [each.astimezone(UTC).hour for each in await began(world)] == [*range(24), 0]
