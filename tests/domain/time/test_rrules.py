"""Rules with their dates and bounds: what is added, what is left out, and where they end."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from foliot.domain.schedule import RRule

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
BLOCK = """DTSTART;TZID=Europe/Berlin:20260328T023000
RRULE:FREQ=DAILY;
 COUNT=4
RDATE;TZID=Europe/Berlin:20260405T120000,20260406T120000
EXDATE;TZID=Europe/Berlin:20260330T023000
"""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shown(schedule: RRule, count: int = 20) -> list[str]:
    found = islice(schedule.checked().occurrences(CREATED), count)
    return [planned.local.isoformat(timespec="minutes") for planned in found]


def days(schedule: RRule, count: int = 20) -> list[str]:
    return [text[:10] for text in shown(schedule, count)]


def test_a_block_of_lines_is_taken_apart() -> None:
    checked = RRule(BLOCK).checked()
    assert checked == RRule(
        "FREQ=DAILY;COUNT=4",
        "Europe/Berlin",
        local("2026-03-28T02:30"),
        rdate=(local("2026-04-05T12:00"), local("2026-04-06T12:00")),
        exdate=(local("2026-03-30T02:30"),),
    )
    assert checked.checked() == checked
    assert shown(checked) == [
        "2026-03-28T02:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-31T02:30+02:00",
        "2026-04-05T12:00+02:00",
        "2026-04-06T12:00+02:00",
    ]


def test_a_rule_is_read_with_its_name_and_in_any_case() -> None:
    assert days(RRule("rrule:freq=daily;count=2", "UTC", local("2026-02-01T08:00"))) == ["2026-02-01", "2026-02-02"]


def test_a_start_in_utc_is_a_start_in_utc() -> None:
    checked = RRule("DTSTART:20260201T080000Z\nRRULE:FREQ=DAILY;COUNT=1").checked()
    assert (checked.timezone, checked.start) == ("UTC", local("2026-02-01T08:00"))


def test_dates_alone_are_a_schedule() -> None:
    assert days(RRule("DTSTART:20260201T080000Z\nRDATE:20260301T080000Z,20260201T080000Z")) == [
        "2026-02-01",
        "2026-03-01",
    ]


def test_until_in_utc_is_an_instant_and_until_without_is_a_local_time() -> None:
    start = local("2026-02-01T20:00")
    assert days(RRule("FREQ=DAILY;UNTIL=20260203T010000Z", "America/New_York", start))[-1] == "2026-02-02"
    assert days(RRule("FREQ=DAILY;UNTIL=20260203T005959Z", "America/New_York", start))[-1] == "2026-02-01"
    assert days(RRule("FREQ=DAILY;UNTIL=20260203T200000", "America/New_York", start))[-1] == "2026-02-03"
    assert shown(RRule("FREQ=HOURLY;UNTIL=20260201T220000", "America/New_York", start))[-1] == "2026-02-01T22:00-05:00"
    assert shown(RRule("FREQ=HOURLY;UNTIL=20260202T030000Z", "America/New_York", start))[-1] == "2026-02-01T22:00-05:00"


def test_what_is_excluded_counts_and_what_is_added_does_not() -> None:
    schedule = RRule(
        "FREQ=DAILY;COUNT=3",
        "UTC",
        local("2026-02-01T08:00"),
        rdate=(local("2026-05-01T08:00"),),
        exdate=(local("2026-02-02T08:00"),),
    )
    assert days(schedule) == ["2026-02-01", "2026-02-03", "2026-05-01"]


def test_a_date_may_be_an_instant() -> None:
    eight = datetime(2026, 2, 2, 13, tzinfo=UTC)
    schedule = RRule(
        "FREQ=DAILY;COUNT=2",
        "America/New_York",
        local("2026-02-01T08:00"),
        rdate=(eight.replace(day=9),),
        exdate=(eight,),
    )
    assert days(schedule) == ["2026-02-01", "2026-02-09"]


def test_an_hourly_rule_has_its_dates_too() -> None:
    schedule = RRule(
        "FREQ=HOURLY;COUNT=3",
        "UTC",
        local("2026-02-01T08:00"),
        rdate=(local("2026-02-01T08:30"), local("2026-02-01T08:00")),
        exdate=(local("2026-02-01T09:00"),),
    )
    assert [text[11:16] for text in shown(schedule)] == ["08:00", "08:30", "10:00"]


def test_a_time_that_is_skipped_in_a_gap_is_not_counted() -> None:
    """RFC 5545, section 3.3.10: it is ignored, and not counted as part of the recurrence set."""
    start = local("2026-03-07T02:30")
    assert days(RRule("FREQ=DAILY;COUNT=3", "America/New_York", start, gap="skip")) == [
        "2026-03-07",
        "2026-03-09",
        "2026-03-10",
    ]
    assert days(RRule("FREQ=DAILY;COUNT=3", "America/New_York", start))[-1] == "2026-03-09"


def test_the_thirty_first_is_skipped_or_the_last_day_on_request() -> None:
    start = local("2026-01-31T08:00")
    assert days(RRule("FREQ=MONTHLY", "UTC", start), 3) == ["2026-01-31", "2026-03-31", "2026-05-31"]
    assert days(RRule("FREQ=MONTHLY", "UTC", start, month_end="last_valid"), 3) == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]
    both = RRule("FREQ=MONTHLY;BYMONTHDAY=30,31", "UTC", start, month_end="last_valid")
    assert days(both, 4) == ["2026-01-31", "2026-02-28", "2026-03-30", "2026-03-31"]


def test_the_day_that_only_leap_years_have_is_skipped_or_the_last_of_february_on_request() -> None:
    start = local("2024-02-29T08:00")
    assert days(RRule("FREQ=YEARLY", "UTC", start), 2) == ["2028-02-29", "2032-02-29"]
    assert days(RRule("FREQ=YEARLY", "UTC", start, month_end="last_valid"), 3) == [
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_a_start_that_its_rule_does_not_give_is_no_occurrence() -> None:
    assert days(RRule("FREQ=WEEKLY;BYDAY=MO", "UTC", local("2026-02-03T08:00")), 1) == ["2026-02-09"]


def test_count_and_end_bound_what_a_job_runs_whatever_the_rule_says() -> None:
    start = local("2026-02-01T08:00")
    assert len(days(RRule("FREQ=DAILY;COUNT=9", "UTC", start, count=4))) == 4
    assert days(RRule("FREQ=DAILY", "UTC", start, end=datetime(2026, 2, 3, 8, tzinfo=UTC)))[-1] == "2026-02-03"


def test_a_rule_that_began_long_ago_goes_on_in_its_rhythm() -> None:
    schedule = RRule("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR", "UTC", local("1999-03-01T08:00"))
    series = list(islice(schedule.occurrences(CREATED), 8))
    weeks = {(planned.at.date() - datetime(1999, 3, 1, tzinfo=UTC).date()).days // 7 for planned in series}
    assert all(week % 3 == 0 for week in weeks)
    assert len(weeks) == 4


@pytest.mark.parametrize("count", [1, 2, 1_000, 10_000])
def test_an_hourly_count_is_found_by_arithmetic(count: int) -> None:
    schedule = RRule(f"FREQ=HOURLY;COUNT={count}", "America/New_York", local("2026-02-01T08:00")).checked()
    last = datetime(2026, 2, 1, 13, tzinfo=UTC) + timedelta(hours=count - 1)
    assert schedule.after(last - timedelta(microseconds=1), 1) == last
    assert schedule.after(last, 1) is None


ALL_SECONDS = ";".join(
    f"{part}={','.join(map(str, range(size)))}" for part, size in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
)


def test_a_year_of_seconds_is_picked_from_without_going_through_them() -> None:
    rule = RRule(
        f"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{ALL_SECONDS};BYSETPOS=-1,1", "UTC", local("2026-01-01T00:00")
    )
    found = [f"{planned.local:%Y-%m-%d %H:%M:%S}" for planned in islice(rule.checked().occurrences(CREATED), 3)]
    assert found == ["2026-01-01 00:00:00", "2026-12-31 23:59:59", "2027-01-01 00:00:00"]


def test_a_year_of_seconds_is_entered_at_its_end() -> None:
    rule = RRule(f"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{ALL_SECONDS}", "UTC", local("2026-01-01T00:00")).checked()
    last = CREATED.replace(month=12, day=31, hour=23, minute=59, second=58)
    assert rule.after(last, 1) == last + timedelta(seconds=1)


def test_a_rule_by_the_second_finds_its_day_years_ahead_where_clocks_are_set() -> None:
    rule = RRule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29", "America/New_York", local("2026-01-01T08:00"))
    assert shown(rule, 1) == ["2028-02-29T00:00-05:00"]
