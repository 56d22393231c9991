"""A schedule with exclusion calendars: it goes on as any other, and never answers with what they exclude."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidCalendar, InvalidSchedule
from foliot.domain.schedule import (
    Calendar,
    CatchUp,
    Coalesce,
    Cron,
    Every,
    Excluding,
    RRule,
    Schedule,
    coalesce,
    observing,
    preview,
    settle,
)

NOW = datetime(2026, 12, 23, 12, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - local


def calendar(*dates: date, name: str = "holidays") -> Calendar:
    return Calendar(name=name, dates=frozenset(dates)).checked()


def days(first: date, count: int, name: str = "holidays") -> Calendar:
    return calendar(*(first + DAY * place for place in range(count)), name=name)


def excluding(schedule: Schedule, *calendars: Calendar) -> Excluding:
    found = observing(schedule.checked(), calendars, NOW)
    assert isinstance(found, Excluding)
    return found


CHRISTMAS = calendar(date(2026, 12, 25), date(2026, 12, 26))


def test_excluded_dates_are_those_of_the_schedule_s_zone() -> None:
    schedule = excluding(Cron("0 8 * * *", "Pacific/Auckland"), CHRISTMAS)
    found = [each.at for each in islice(schedule.occurrences(NOW), 3)]
    # 08:00 in Auckland is 19:00 the day before in UTC.
    assert [f"{at:%d %H}" for at in found] == ["23 19", "26 19", "27 19"]


def test_an_interval_keeps_its_beat() -> None:
    schedule = excluding(Every(seconds=7 * 3600), CHRISTMAS)
    found = list(islice(schedule.occurrences(NOW), 8))
    assert all((each.at - NOW) % timedelta(hours=7) == timedelta(0) for each in found)
    assert [each.at.day for each in found] == [23, 24, 24, 24, 24, 27, 27, 27]
    assert list(islice(schedule.following(found[3].at, 4), 4)) == found[4:]


def test_what_is_excluded_does_not_count() -> None:
    schedule = excluding(Cron("0 8 * * *", count=3), CHRISTMAS)
    assert [each.at.day for each in schedule.occurrences(NOW)] == [24, 27, 28]
    assert schedule.occurrence_after(datetime(2026, 12, 27, 8, tzinfo=UTC), 2) is not None
    assert schedule.occurrence_after(datetime(2026, 12, 28, 8, tzinfo=UTC), 3) is None


def test_a_preview_leaves_out_what_is_excluded() -> None:
    found = preview(Cron("0 8 * * *"), NOW, 3, [CHRISTMAS])
    assert [each.at.day for each in found] == [24, 27, 28]


def test_a_schedule_without_calendars_is_left_as_it_is() -> None:
    schedule = Cron("0 8 * * *")
    assert observing(schedule, [], NOW) is schedule


def test_what_was_missed_is_settled_without_what_is_excluded() -> None:
    schedule = excluding(Every(seconds=12 * 3600), CHRISTMAS)
    first = NOW + DAY / 2
    settled = settle(schedule, first, 1, NOW + 5 * DAY, CatchUp(grace_seconds=7 * 86400.0))
    assert [f"{each.planned:%d %H}" for each in settled.listed] == [
        "24 00",
        "24 12",
        "27 00",
        "27 12",
        "28 00",
        "28 12",
    ]
    assert (settled.count, settled.following) == (6, NOW + 5.5 * DAY)
    due = coalesce(schedule, first, 1, NOW + 5 * DAY)
    assert (due.merged, due.count, due.following) == (5, 6, NOW + 5.5 * DAY)


def test_a_year_of_seconds_is_leapt_over() -> None:
    schedule = excluding(Every(seconds=1), days(date(2026, 12, 24), 365))
    began = time.perf_counter()
    found = schedule.occurrence_after(datetime(2026, 12, 23, 23, 59, 59, tzinfo=UTC), 1)
    assert found is not None
    assert found.at == datetime(2027, 12, 24, tzinfo=UTC)
    assert time.perf_counter() - began < 1


def test_a_long_sleep_of_a_short_interval_costs_little_and_counts_at_least() -> None:
    schedule = excluding(Every(seconds=1), CHRISTMAS)
    settled = settle(schedule, NOW, 1, NOW + 5 * DAY, Coalesce())
    assert not settled.exact
    assert settled.following == NOW + 5 * DAY + timedelta(seconds=1)
    assert all(not schedule.excludes(each.planned) for each in settled.listed)


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("0 8 * * *", "America/New_York"),
        Cron("* * * * * *", "America/New_York"),
        Every(seconds=1),
        RRule("FREQ=WEEKLY;BYDAY=MO", "America/New_York", NEW_YEAR),
        RRule("FREQ=MINUTELY", "America/New_York", NEW_YEAR),
    ],
)
def test_calendars_that_exclude_everything_are_refused_quickly(schedule: Schedule) -> None:
    ever = [days(date(2026, 1, 1) + DAY * 20_000 * part, 20_000, f"part-{part}") for part in range(3)]
    ever.append(days(date(2026, 1, 1) + DAY * 60_000, 3_552, "part-3"))
    began = time.perf_counter()
    with pytest.raises(InvalidSchedule, match=r"part-0, part-1, part-2, part-3 leave no occurrence") as refused:
        excluding(schedule, *ever).first(NOW)
    assert refused.value.field == "schedule.exclude"
    assert time.perf_counter() - began < 3


def test_a_series_that_is_excluded_too_long_has_ended() -> None:
    mondays = [date(2026, 12, 21) + DAY * 7 * week for week in range(9_000)]
    began = time.perf_counter()
    assert excluding(Cron("* * * * 1"), calendar(*mondays)).occurrence_after(NOW, 1) is None
    assert time.perf_counter() - began < 3


def test_a_schedule_that_has_ended_by_itself_says_so() -> None:
    ended = Cron("0 8 * * *", end=datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(InvalidSchedule, match=r"schedule\.end"):
        excluding(ended, CHRISTMAS).first(NOW)


ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "America/Scoresbysund")
LINES = ("*/20 * * * *", "0 0 * * *", "30 23 * * *", "15 */3 * * *")


@given(
    st.sampled_from(ZONES),
    st.sampled_from(LINES),
    st.datetimes(NEW_YEAR.replace(year=1998), NEW_YEAR),
    st.frozensets(st.integers(0, 4), max_size=4),
)
def test_leaping_finds_what_walking_finds(zone: str, line: str, begin: datetime, excluded: frozenset[int]) -> None:
    start = begin.replace(tzinfo=UTC)
    holidays = calendar(*(start.date() + DAY * place for place in excluded))
    schedule = Cron(line, zone)
    walked = [each for each in islice(schedule.occurrences(start), 200) if not holidays.excludes(each)]
    found = list(islice(excluding(schedule, holidays).occurrences(start), len(walked)))
    assert [each.at for each in found] == [each.at for each in walked]


@pytest.mark.parametrize("schedule", [Every(seconds=60), Cron("@daily"), RRule("FREQ=DAILY", start=NEW_YEAR)])
def test_a_schedule_names_ten_calendars_at_most_each_once(schedule: Every | Cron | RRule) -> None:
    def naming(*names: str) -> Schedule:
        return msgspec.structs.replace(schedule, exclude=names)

    naming(*map(str, range(10))).checked()
    with pytest.raises(InvalidSchedule, match="10 are allowed"):
        naming(*map(str, range(11))).checked()
    with pytest.raises(InvalidSchedule, match="twice"):
        naming("a", "b", "a").checked()


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "x" * 101, "a?"])
def test_a_calendar_needs_a_name_that_fits_into_a_path(name: str) -> None:
    with pytest.raises(InvalidCalendar, match="letters, digits") as refused:
        Calendar(name=name, dates=frozenset()).checked()
    assert refused.value.field == "calendar.name"


def test_an_absurd_date_is_refused() -> None:
    with pytest.raises(InvalidCalendar, match="0001-01-01"):
        calendar(date(1, 1, 1))
