"""The simple forms of other schedulers mean here what they say; where one of theirs went wrong, ours differs."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from foliot.domain.errors import InvalidSchedule, InvalidTimezone
from foliot.domain.schedule import Every, RRule
from foliot.domain.time.simple import Unit, by_interval, by_local_time, by_unit

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def instants(schedule: RRule, created: datetime, count: int) -> list[datetime]:
    return [planned.at for planned in islice(schedule.occurrences(created), count)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_eight_in_new_york_is_an_hour_earlier_in_utc_from_the_day_that_clocks_are_set() -> None:
    daily = by_local_time("FREQ=DAILY", "08:00", "America/New_York", date(2026, 1, 1))
    found = {each.date(): each.hour for each in instants(daily, NEW_YEAR, 100)}
    assert found[date(2026, 3, 7)] == 13
    assert found[date(2026, 3, 8)] == 12


def test_a_time_in_the_gap_runs_at_the_first_valid_minute_and_half_an_hour_later_only_on_request() -> None:
    """A vector elsewhere is 07:30Z, although the text beside it speaks of the next valid instant, which is 07:00Z."""
    daily = by_local_time("FREQ=DAILY", "02:30", "America/New_York", date(2026, 3, 8))
    assert daily.first(NEW_YEAR) == at("2026-03-08T07:00Z")
    shifted = RRule(daily.rule, daily.timezone, daily.start, gap="shift")
    assert shifted.first(NEW_YEAR) == at("2026-03-08T07:30Z")


def test_a_time_in_the_fold_is_the_first() -> None:
    daily = by_local_time("FREQ=DAILY", "01:30", "America/New_York", date(2026, 11, 1))
    assert daily.first(NEW_YEAR) == at("2026-11-01T05:30Z")


def test_taipei_has_no_summer() -> None:
    daily = by_local_time("FREQ=DAILY", "08:00", "Asia/Taipei", date(2026, 7, 1))
    assert daily.first(NEW_YEAR) == at("2026-07-01T00:00Z")


def test_the_form_is_read_in_any_case_and_an_interval_is_counted_from_the_first_day() -> None:
    rule = by_local_time("freq=weekly;interval=2", "08:00", "UTC", date(2026, 1, 7))
    assert instants(rule, NEW_YEAR, 2) == [at("2026-01-07T08:00Z"), at("2026-01-21T08:00Z")]
    # Elsewhere a rule that is made after today's time begins an interval late.
    assert rule.first(at("2026-01-07T09:00Z")) == at("2026-01-21T08:00Z")


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY", "FREQ=DAILY;BYDAY=MO", "FREQ=DAILY;COUNT=3", "DAILY", "FREQ=HOURLY"])
def test_what_the_form_cannot_say_is_refused(rule: str) -> None:
    with pytest.raises(InvalidSchedule):
        by_local_time(rule, "08:00", "UTC", date(2026, 1, 1))


def test_a_zone_that_does_not_exist_is_refused_and_not_taken_for_utc() -> None:
    with pytest.raises(InvalidTimezone, match="Mars/Olympus"):
        by_local_time("FREQ=DAILY", "08:00", "Mars/Olympus", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("unit", "value", "at_time", "zone", "now", "expected"),
    [
        ("hourly", 1, "", "UTC", "2024-01-15T10:30Z", "2024-01-15T11:00Z"),
        ("hourly", 2, "", "UTC", "2024-01-15T10:30Z", "2024-01-15T12:00Z"),
        ("daily", 1, "14:30", "UTC", "2024-01-15T10:00Z", "2024-01-15T14:30Z"),
        ("daily", 1, "09:00", "UTC", "2024-01-15T10:00Z", "2024-01-16T09:00Z"),
        ("weekly", 1, "12:00", "UTC", "2024-01-15T10:00Z", "2024-01-22T12:00Z"),
        ("monthly", 1, "10:00", "UTC", "2024-01-15T10:00Z", "2024-02-15T10:00Z"),
        ("daily", 1, "09:00", "America/New_York", "2024-01-15T15:00Z", "2024-01-16T14:00Z"),
    ],
)
def test_a_unit_and_a_value_begin_where_they_do_elsewhere(
    unit: Unit, value: int, at_time: str, zone: str, now: str, expected: str
) -> None:
    assert by_unit(unit, value, at_time, zone, at(now)).first(at(now)) == at(expected)


def test_a_week_has_seven_days_in_every_zone() -> None:
    """Elsewhere Monday at nine in New York comes again after six."""
    weekly = by_unit("weekly", 1, "09:00", "America/New_York", at("2024-01-15T15:00Z"))
    assert {each.local.weekday() for each in islice(weekly.occurrences(at("2024-01-15T15:00Z")), 60)} == {0}


def test_the_thirty_first_of_a_month_is_its_last_day_where_it_has_none() -> None:
    """Elsewhere months without one are skipped."""
    monthly = by_unit("monthly", 1, "10:00", "UTC", at("2026-01-31T12:00Z"))
    days = [(each.month, each.day) for each in instants(monthly, at("2026-01-31T12:00Z"), 4)]
    assert days == [(2, 28), (3, 31), (4, 30), (5, 31)]


def test_an_hour_begins_on_the_clock_of_a_zone_of_half_hours() -> None:
    """Elsewhere hours are cut in UTC, at half past in Kolkata."""
    hourly = by_unit("hourly", 1, "", "Asia/Kolkata", at("2026-01-01T10:10Z"))
    assert hourly.first(at("2026-01-01T10:10Z")) == at("2026-01-01T10:30Z")


def test_an_interval_is_an_interval_and_no_daily_rule() -> None:
    every = by_interval(900)
    assert every == Every(seconds=900)
    assert every.after(NEW_YEAR, 1) == NEW_YEAR + timedelta(minutes=15)
    with pytest.raises(InvalidSchedule):
        by_interval(0.5)


@pytest.mark.parametrize("at_time", ["", "8", "25:00", "08:00Z", "noon", "08:00:00.5"])
def test_a_time_of_day_is_read_or_refused(at_time: str) -> None:
    with pytest.raises(InvalidSchedule, match="no time of day"):
        by_unit("daily", 1, at_time, "UTC", NEW_YEAR)
