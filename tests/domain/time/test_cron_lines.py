"""The language of cron lines: each form means the days and times that it says."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from foliot.domain.schedule import Cron

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def first(expression: str, count: int = 3) -> list[str]:
    found = islice(Cron(expression).checked().occurrences(NEW_YEAR), count)
    return [f"{planned.at:%m-%d %H:%M}" for planned in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 4 * * *", ["01-01 04:30", "01-02 04:30", "01-03 04:30"]),
        ("*/20 0 * * *", ["01-01 00:00", "01-01 00:20", "01-01 00:40"]),
        ("5/20 0 * * *", ["01-01 00:05", "01-01 00:25", "01-01 00:45"]),
        ("0 9-17/4 * * *", ["01-01 09:00", "01-01 13:00", "01-01 17:00"]),
        ("0 0 1,15 * *", ["01-01 00:00", "01-15 00:00", "02-01 00:00"]),
        ("0 0 1 jan,MAR-apr *", ["01-01 00:00", "03-01 00:00", "04-01 00:00"]),
        ("0 0 1 JUL-9 *", ["07-01 00:00", "08-01 00:00", "09-01 00:00"]),
        ("0 0 * * mon-wed", ["01-05 00:00", "01-06 00:00", "01-07 00:00"]),
        ("0 0 * * 0", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
        ("0 0 * * 7", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
        ("0 0 * * 5-7", ["01-02 00:00", "01-03 00:00", "01-04 00:00"]),
        ("0 0 L * *", ["01-31 00:00", "02-28 00:00", "03-31 00:00"]),
        ("0 0 LW * *", ["01-30 00:00", "02-27 00:00", "03-31 00:00"]),
        ("0 0 * * 5L", ["01-30 00:00", "02-27 00:00", "03-27 00:00"]),
        ("0 0 * * FRIL", ["01-30 00:00", "02-27 00:00", "03-27 00:00"]),
        ("0 0 * * TUE#2", ["01-13 00:00", "02-10 00:00", "03-10 00:00"]),
        ("0 0 * * 5#5", ["01-30 00:00", "05-29 00:00", "07-31 00:00"]),
        # Either day is enough if neither begins with a star, as Vixie's cron has it.
        ("0 0 13 * FRI", ["01-02 00:00", "01-09 00:00", "01-13 00:00"]),
        ("0 0 */2 * FRI", ["01-09 00:00", "01-23 00:00", "02-13 00:00"]),
        # The nearest weekday stays in its month; a month without the day has none.
        ("0 0 15W * *", ["01-15 00:00", "02-16 00:00", "03-16 00:00"]),
        ("0 0 1W * *", ["01-01 00:00", "02-02 00:00", "03-02 00:00"]),
        ("0 0 31W * *", ["01-30 00:00", "03-31 00:00", "05-29 00:00"]),
        ("0 0 3W,L * *", ["01-02 00:00", "01-31 00:00", "02-03 00:00"]),
        ("@hourly", ["01-01 00:00", "01-01 01:00", "01-01 02:00"]),
        ("@daily", ["01-01 00:00", "01-02 00:00", "01-03 00:00"]),
        ("@midnight", ["01-01 00:00", "01-02 00:00", "01-03 00:00"]),
        ("@weekly", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
        ("@Monthly", ["01-01 00:00", "02-01 00:00", "03-01 00:00"]),
        (" @yearly ", ["01-01 00:00", "01-01 00:00", "01-01 00:00"]),
    ],
)
def test_a_line_means_what_it_says(expression: str, expected: list[str]) -> None:
    assert first(expression) == expected


def test_six_fields_begin_with_the_second() -> None:
    found = [planned.at for planned in islice(Cron("*/15 30 4 * * *").checked().occurrences(NEW_YEAR), 4)]
    assert [f"{at:%H:%M:%S}" for at in found] == ["04:30:00", "04:30:15", "04:30:30", "04:30:45"]


def test_a_job_made_at_the_very_instant_has_it_as_its_first() -> None:
    daily = Cron("@daily")
    assert daily.first(NEW_YEAR) == NEW_YEAR
    assert daily.first(NEW_YEAR + timedelta(microseconds=1)) == NEW_YEAR + timedelta(days=1)
    assert daily.after(NEW_YEAR, 1) == NEW_YEAR + timedelta(days=1)


def test_start_and_end_are_the_first_and_last_instant_allowed() -> None:
    third, fifth = NEW_YEAR + timedelta(days=2), NEW_YEAR + timedelta(days=4)
    bounded = Cron("@daily", start=third, end=fifth)
    assert [planned.at.day for planned in bounded.occurrences(NEW_YEAR)] == [3, 4, 5]
    assert bounded.after(fifth, 3) is None


def test_a_line_has_no_more_occurrences_than_its_count() -> None:
    counted = Cron("@daily", count=2)
    assert len(list(counted.occurrences(NEW_YEAR))) == 2
    assert counted.after(NEW_YEAR, 1) is not None
    assert counted.after(NEW_YEAR, 2) is None


def test_a_line_that_fires_seldom_ends_with_time() -> None:
    found = list(Cron("0 0 29 2 *").checked().occurrences(NEW_YEAR))
    assert [planned.at.year for planned in found] == [year for year in range(2028, 2200, 4) if year != 2100]
