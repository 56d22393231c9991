"""Exclusion calendars: what falls on one of their dates, by the clocks of the right place, does not run."""

from datetime import UTC, date, datetime
from itertools import islice

import pytest

from foliot.domain.errors import InvalidCalendar
from foliot.domain.schedule import Cron, observing
from foliot.domain.time.exclusion import Calendar, dates_of_icalendar

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)


def icalendar(*events: str) -> str:
    whole = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{whole}END:VCALENDAR\r\n".replace("\r\n", "\n").replace("\n", "\r\n")


def dates(*events: str) -> list[str]:
    return [day.isoformat() for day in sorted(dates_of_icalendar(icalendar(*events), FIRST, LAST))]


def test_an_occurrence_on_an_excluded_date_is_left_out() -> None:
    holidays = Calendar(name="holidays", dates=frozenset({date(2026, 1, 2), date(2026, 1, 4)}))
    schedule = observing(Cron("0 8 * * *", "Asia/Tokyo"), [holidays], datetime(2026, 1, 1, 12, tzinfo=UTC))
    found = [each.local.day for each in islice(schedule.occurrences(datetime(2026, 1, 1, 12, tzinfo=UTC)), 3)]
    assert found == [3, 5, 6]


def test_an_all_day_event_covers_its_days_up_to_its_end() -> None:
    assert dates("DTSTART;VALUE=DATE:20260501") == ["2026-05-01"]
    assert dates("DTSTART;VALUE=DATE:20260501\r\nDTEND;VALUE=DATE:20260504") == [
        "2026-05-01",
        "2026-05-02",
        "2026-05-03",
    ]
    assert dates("DTSTART;VALUE=DATE:20260501\r\nDURATION:P2D") == ["2026-05-01", "2026-05-02"]


def test_a_yearly_event_is_expanded_within_the_range() -> None:
    assert dates("DTSTART;VALUE=DATE:20001225\r\nRRULE:FREQ=YEARLY") == ["2026-12-25", "2027-12-25"]
    assert dates("DTSTART;VALUE=DATE:20001128\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH") == [
        "2026-11-26",
        "2027-11-25",
    ]
    assert dates("DTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=YEARLY;COUNT=2") == ["2026-12-25"]
    assert dates("DTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=YEARLY;UNTIL=20261225") == ["2026-12-25"]
    assert dates("DTSTART;VALUE=DATE:20251231\r\nDTEND;VALUE=DATE:20260102\r\nRRULE:FREQ=YEARLY") == [
        "2026-01-01",
        "2026-12-31",
        "2027-01-01",
        "2027-12-31",
    ]


def test_dates_are_added_to_an_event_and_taken_from_it() -> None:
    event = (
        "DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20260101\r\nRDATE;VALUE=DATE:20260102"
    )
    assert dates(event) == ["2026-01-02", "2027-01-01"]


def test_what_is_no_all_day_event_excludes_nothing() -> None:
    timed = "DTSTART:20260501T080000Z\r\nDTEND:20260501T090000Z"
    cancelled = "DTSTART;VALUE=DATE:20260502\r\nSTATUS:CANCELLED"
    assert dates(timed, cancelled) == []


def test_folded_lines_alarms_and_what_surrounds_events_are_read_over() -> None:
    alarm = "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDTSTART;VALUE=DATE:20260909\r\nEND:VALARM"
    event = f"SUMMARY:May\r\n  Day: a feast\r\nDTSTART;VALUE=DA\r\n TE:20260501\r\n{alarm}"
    zone = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    text = icalendar(event).replace("VERSION:2.0\r\n", f"VERSION:2.0\r\n{zone}")
    assert dates_of_icalendar("\ufeff" + text, FIRST, LAST) == frozenset({date(2026, 5, 1)})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no iCalendar"),
        ("<html>", "no iCalendar"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260501", "END:VEVENT is missing"),
        (icalendar("DTSTART;VALUE=DATE:20260231"), "does not exist"),
        (icalendar("SUMMARY:odd\nDTSTART;VALUE=DATE:20260201\nRRULE:FREQ=OFTEN"), "'odd' repeats"),
        (icalendar("DTSTART;VALUE=DATE:20260201\nRRULE:FREQ=HOURLY"), "by the hour"),
        (icalendar("DTSTART;VALUE=DATE:20260201\nDTEND;VALUE=DATE:20990101"), "366"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidCalendar, match=reason):
        dates_of_icalendar(text, FIRST, LAST)


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (["DTSTART;VALUE=DATE:20260501"] * 10_001, "10,000 events"),
        (["DTSTART;VALUE=DATE:20260501\r\nRRULE:FREQ=YEARLY"] * 501, "500 repeated events"),
        (["DTSTART;VALUE=DATE:19700501\r\nRRULE:FREQ=DAILY;COUNT=10000"] * 6, "50,000 repetitions"),
    ],
)
def test_a_file_that_would_take_long_is_refused(events: list[str], says: str) -> None:
    with pytest.raises(InvalidCalendar, match=says):
        dates(*events)


def test_a_calendar_without_a_name_is_refused() -> None:
    with pytest.raises(InvalidCalendar, match="name has 1 to 100"):
        Calendar(name=" ", dates=frozenset()).checked()
