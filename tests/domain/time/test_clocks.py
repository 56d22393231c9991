"""Places where clocks are set in ways that schedulers stumble over, each by name."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from foliot.domain.schedule import Cron, Fold, Gap, RRule, Schedule


def shown(schedule: Schedule, created: str, count: int) -> list[str]:
    """The local times of the first occurrences of a job created at an instant."""
    found = islice(schedule.checked().occurrences(datetime.fromisoformat(created)), count)
    return [planned.local.isoformat(timespec="minutes") for planned in found]


def at_local(start: str, zone: str, *, gap: Gap | None = None, fold: Fold | None = None) -> RRule:
    return RRule("FREQ=DAILY", zone, datetime.fromisoformat(start), gap=gap, fold=fold)


def test_eight_in_new_york_is_eight_on_every_day_of_the_year() -> None:
    daily = at_local("2026-01-01T08:00", "America/New_York")
    series = list(islice(daily.occurrences(datetime(2026, 1, 1, tzinfo=UTC)), 365))
    assert {(each.local.hour, each.local.minute) for each in series} == {(8, 0)}
    assert [each.local.timetuple().tm_yday for each in series] == list(range(1, 366))
    assert {each.at.hour for each in series} == {12, 13}
    assert all(not each.decisions for each in series)


@pytest.mark.parametrize(
    ("gap", "expected", "kind"),
    [
        ("next_valid", "2026-03-08T03:00-04:00", "gap_next_valid"),
        ("shift", "2026-03-08T03:30-04:00", "gap_shifted"),
        ("skip", "2026-03-09T02:30-04:00", "gap_skipped"),
    ],
)
def test_half_past_two_in_the_gap_of_new_york(gap: Gap, expected: str, kind: str) -> None:
    daily = at_local("2026-03-01T02:30", "America/New_York", gap=gap)
    planned = next(daily.occurrences(datetime(2026, 3, 8, 5, tzinfo=UTC)))
    assert planned.local.isoformat(timespec="minutes") == expected
    (decision,) = planned.decisions
    assert (decision.kind, decision.wall) == (kind, datetime.fromisoformat("2026-03-08T02:30"))


@pytest.mark.parametrize(
    ("fold", "expected"),
    [
        ("first", ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]),
        ("second", ["2026-11-01T01:30-05:00", "2026-11-02T01:30-05:00"]),
        ("both", ["2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00"]),
    ],
)
def test_half_past_one_in_the_fold_of_new_york(fold: Fold, expected: list[str]) -> None:
    daily = at_local("2026-10-01T01:30", "America/New_York", fold=fold)
    assert shown(daily, "2026-11-01T04:00Z", 2) == expected
    series = islice(daily.occurrences(datetime(2026, 11, 1, 4, tzinfo=UTC)), 2)
    assert [decision.kind for planned in series for decision in planned.decisions] == {
        "first": ["fold_first"],
        "second": ["fold_second"],
        "both": ["fold_first", "fold_second"],
    }[fold]


def test_what_is_shifted_comes_in_its_order() -> None:
    twice = Cron("30 2,3 * * *", "America/New_York", gap="shift")
    assert shown(twice, "2026-03-08T05:00Z", 2) == ["2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00"]
    near = Cron("0,45 2,3 * * *", "America/New_York", gap="shift")
    assert shown(near, "2026-03-08T05:00Z", 3) == [
        "2026-03-08T03:00-04:00",
        "2026-03-08T03:45-04:00",
        "2026-03-09T02:00-04:00",
    ]


def test_both_halves_of_a_fold_come_in_order() -> None:
    assert shown(Cron("0,30 1 * * *", "America/New_York", fold="both"), "2026-11-01T04:00Z", 4) == [
        "2026-11-01T01:00-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
    ]


def test_lord_howe_leaps_by_half_an_hour() -> None:
    assert shown(Cron("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T12:00Z", 2) == [
        "2026-10-04T02:30+11:00",
        "2026-10-05T02:15+11:00",
    ]
    assert shown(Cron("45 1 * * *", "Australia/Lord_Howe"), "2026-04-04T12:00Z", 2) == [
        "2026-04-05T01:45+11:00",
        "2026-04-06T01:45+10:30",
    ]


def test_troll_leaps_by_two_hours() -> None:
    assert shown(Cron("30 2 * * *", "Antarctica/Troll"), "2026-03-29T00:00Z", 2) == [
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


def test_apia_skipped_a_day() -> None:
    assert shown(at_local("2011-12-28T08:00", "Pacific/Apia"), "2011-12-28T00:00Z", 4) == [
        "2011-12-28T08:00-10:00",
        "2011-12-29T08:00-10:00",
        "2011-12-31T00:00+14:00",
        "2011-12-31T08:00+14:00",
    ]
    assert shown(at_local("2011-12-28T08:00", "Pacific/Apia", gap="skip"), "2011-12-29T00:00Z", 3) == [
        "2011-12-29T08:00-10:00",
        "2011-12-31T08:00+14:00",
        "2012-01-01T08:00+14:00",
    ]


def test_casablanca_is_behind_its_standard_time_in_ramadan() -> None:
    assert shown(Cron("30 2 * * *", "Africa/Casablanca"), "2026-02-14T12:00Z", 2) == [
        "2026-02-15T02:30+01:00",
        "2026-02-16T02:30+00:00",
    ]
    assert shown(Cron("30 2 * * *", "Africa/Casablanca"), "2026-03-21T12:00Z", 2) == [
        "2026-03-22T03:00+01:00",
        "2026-03-23T02:30+01:00",
    ]


def test_havana_leaps_over_midnight() -> None:
    assert shown(at_local("2026-03-01T00:30", "America/Havana"), "2026-03-07T06:00Z", 3) == [
        "2026-03-08T01:00-04:00",
        "2026-03-09T00:30-04:00",
        "2026-03-10T00:30-04:00",
    ]


def test_asuncion_leapt_over_midnight() -> None:
    assert shown(Cron("@daily", "America/Asuncion"), "2023-09-30T12:00Z", 2) == [
        "2023-10-01T01:00-03:00",
        "2023-10-02T00:00-03:00",
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Sydney"])
def test_the_next_instant_after_a_fold_east_of_greenwich_is_on_the_next_day(zone: str) -> None:
    daily = at_local("2026-03-01T02:30", zone)
    planned = datetime(2026, 3, 1, tzinfo=UTC)
    for _ in range(400):
        following = daily.after(planned, 1)
        assert following is not None
        assert following > planned
        planned = following
    assert planned.year == 2027


def test_an_hourly_rule_runs_in_both_halves_of_a_fold_and_skips_nothing_in_a_gap() -> None:
    autumn = RRule("FREQ=HOURLY", "America/New_York", datetime.fromisoformat("2026-11-01T00:30"))
    assert shown(autumn, "2026-11-01T00:00Z", 4) == [
        "2026-11-01T00:30-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:30-05:00",
        "2026-11-01T02:30-05:00",
    ]
    spring = RRule("FREQ=HOURLY", "America/New_York", datetime.fromisoformat("2026-03-08T01:30"))
    assert shown(spring, "2026-03-08T00:00Z", 2) == ["2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00"]


def test_a_series_may_end_in_a_gap_or_a_fold() -> None:
    gap = RRule("FREQ=DAILY;COUNT=1", "America/New_York", datetime.fromisoformat("2026-03-08T02:30"))
    assert shown(gap, "2026-03-01T00:00Z", 3) == ["2026-03-08T03:00-04:00"]
    fold = RRule("FREQ=DAILY;COUNT=1", "America/New_York", datetime.fromisoformat("2026-11-01T01:30"), fold="both")
    assert shown(fold, "2026-03-01T00:00Z", 3) == ["2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00"]
    assert fold.after(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 1) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert fold.after(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 2) is None


def test_a_wildcard_line_that_runs_seldom_finds_its_hour_in_both_halves_years_later() -> None:
    seldom = Cron("*/30 1 1 11 *", "America/New_York")
    assert shown(seldom, "2026-11-01T05:30Z", 4) == [
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
        "2027-11-01T01:00-04:00",
    ]
    assert shown(seldom, "2031-11-02T00:00Z", 1) == ["2032-11-01T01:00-04:00"]
