"""A schedule that cannot be followed is refused when it is made, with what to change, and in a moment."""

from datetime import UTC, datetime, timedelta
from time import process_time

import msgspec
import pytest

from foliot.domain.errors import InvalidRequest, InvalidSchedule, InvalidTime, InvalidTimezone
from foliot.domain.schedule import Cron, Every, RRule, Schedule

START = datetime.fromisoformat("2026-01-01T08:00")
NOW = START.replace(tzinfo=UTC)


def refusal(schedule: Schedule) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        schedule.checked()
    return refused.value


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("0 0 31 2 *", "never fires"),
        ("0 0 31 4,6,9,11 *", "never fires"),
        ("0 0 LW * */7", "never fires"),
        ("0 0 * 2 1#6", "5#2"),
        ("H 0 * * *", "jitter_seconds"),
        ("H(0-7) 0 * * *", "jitter_seconds"),
        ("0~30 0 * * *", "jitter_seconds"),
        ("? 0 * * *", "write \\*"),
        ("0 0 ? * MON", "write \\*"),
        ("@reboot", "when your program starts"),
        ("@every 5m", "kind `every`"),
        ("@fortnightly", "@weekly"),
        ("0 0 * *", "4 fields"),
        ("", "0 fields"),
        ("0 0 0 1 1 * 2030", "schedule.start and .end"),
        ("60 0 * * *", "cannot be the minute; write 0 to 59"),
        ("0 24 * * *", "cannot be the hour"),
        ("0 0 32 * *", "cannot be the day of month"),
        ("0 0 0 * *", "cannot be the day of month"),
        ("0 0 * 13 *", "cannot be the month"),
        ("0 0 * * FRI-MON", "ranges ascending"),
        ("0 0 * * 8", "cannot be the day of week"),
        ("*/0 * * * *", "cannot be the minute"),
        ("1,,2 * * * *", "cannot be the minute"),
        ("0 0 L-3 * *", "BYMONTHDAY=-2"),
        ("0 0 L/2 * *", "no step"),
        ("0 0 15W/2 * *", "no step"),
        ("0 0 32W * *", "cannot be the day of month"),
        ("0 0 * * MON#0", "cannot be the day of week"),
        ("- - - - -", "cannot be"),
        ("٣ * * * *", "cannot be the minute"),
        ("* " * 600, "characters"),
    ],
)
def test_a_cron_line_is_refused_with_what_to_write_instead(expression: str, advice: str) -> None:
    refused = refusal(Cron(expression))
    assert isinstance(refused, InvalidSchedule)
    assert refused.field == "schedule.expression"
    with pytest.raises(InvalidSchedule, match=advice):
        Cron(expression).checked()


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ("", "is empty"),
        ("FREQ", "NAME=VALUE"),
        ("BYDAY=MO", "has no FREQ"),
        ("FREQ=FORTNIGHTLY", "none of YEARLY"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;INTERVAL=0", "from 1"),
        ("FREQ=DAILY;INTERVAL=-1", "from 1"),
        ("FREQ=DAILY;INTERVAL=1.5", "from 1"),
        ("FREQ=DAILY;COUNT=0", "from 1"),
        ("FREQ=DAILY;COUNT=10001", "from 1 to 10,000; write an UNTIL instead"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z", "exclude each other"),
        ("FREQ=DAILY;UNTIL=20270101", "UNTIL=20270101T235959"),
        ("FREQ=DAILY;UNTIL=20270230T000000", "no date with a time"),
        ("FREQ=DAILY;UNTIL=20250101T000000Z", "before schedule.start"),
        ("FREQ=DAILY;UNTIL=20250101T000000", "before schedule.start"),
        ("FREQ=DAILY;BYDAY=1MO", "MONTHLY and YEARLY"),
        ("FREQ=DAILY;BYDAY=XX", "2MO"),
        ("FREQ=MONTHLY;BYDAY=0MO", "2MO"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "not for FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "beside BYWEEKNO"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;BYHOUR=24", "0 to 23"),
        ("FREQ=DAILY;BYSECOND=60", "0 to 59"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "1 to 31"),
        ("FREQ=MONTHLY;WKST=XX", "MO, TU"),
        ("FREQ=MONTHLY;SKIP=BACKWARD", "month_end"),
        ("FREQ=YEARLY;BYEASTER=1", "RDATE"),
        ("FREQ=DAILY;X-MINE=1", "not supported"),
        ("RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "EXDATE"),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "more than one RRULE"),
        ("DTSTART:20260101T080000Z\nDTSTART:20260101T080000Z\nRRULE:FREQ=DAILY", "more than one DTSTART"),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY", "with a time"),
        ("DTSTART;TZID=Europe/Berlin:20260101T080000Z\nRRULE:FREQ=DAILY", "TZID and a time in UTC"),
        ("RRULE:FREQ=DAILY\nEXDATE;TZID=Europe/Berlin:20260102T080000\nRDATE;TZID=UTC:20260102T080000", "several"),
        ("DTSTART:20260202T080000\nRRULE:FREQ=DAILY", "contradicts the DTSTART"),
        ("RRULE:FREQ=DAILY\nSUMMARY:standup", "not supported"),
    ],
)
def test_a_rule_is_refused_with_what_to_write_instead(rule: str, advice: str) -> None:
    with pytest.raises(InvalidSchedule, match=advice):
        RRule(rule, "UTC", START).checked()


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYYEARDAY=60;BYMONTH=5",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=1",
        "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
        "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=999999999;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=5",
        "FREQ=DAILY;BYHOUR=9,10;BYSETPOS=-3",
    ],
)
def test_a_rule_that_never_fires_is_refused_and_not_searched_for_ever(rule: str) -> None:
    began = process_time()
    with pytest.raises(InvalidSchedule, match="never fires"):
        RRule(rule, "UTC", START).checked()
    assert process_time() - began < 5


@pytest.mark.parametrize("limits", ["BYSECOND=1", "INTERVAL=1009;BYSECOND=59;BYMINUTE=59"])
def test_a_count_whose_last_is_too_far_off_is_refused_and_not_counted_for_ever(limits: str) -> None:
    began = process_time()
    with pytest.raises(InvalidSchedule, match="write an UNTIL instead"):
        RRule(f"FREQ=SECONDLY;COUNT=100000;{limits}", "UTC", START).checked()
    assert process_time() - began < 5


def test_a_rule_that_fires_in_2096_is_found() -> None:
    seldom = RRule("FREQ=YEARLY;INTERVAL=70", "UTC", START)
    assert seldom.checked().after(NOW, 1) == NOW.replace(year=2096)
    leap = RRule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "UTC", START)
    assert leap.checked().first(NOW) == datetime(2044, 2, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Cron("@daily", start=NOW, end=NOW - timedelta(seconds=1)), "schedule.end"),
        (Cron("@daily", count=0), "schedule.count"),
        (Cron("@daily", jitter_seconds=-1), "schedule.jitter_seconds"),
        (Cron("@daily", jitter_seconds=float("nan")), "schedule.jitter_seconds"),
        (Every(seconds=60, jitter_seconds=86_401), "schedule.jitter_seconds"),
        (Every(seconds=0.5), "schedule.seconds"),
        (RRule("FREQ=DAILY", "UTC"), "schedule.start"),
        (RRule("FREQ=DAILY", "UTC", NOW), "schedule.start"),
        (RRule("FREQ=DAILY", "UTC", START.replace(microsecond=1)), "schedule.start"),
        (RRule("FREQ=DAILY", "UTC", START.replace(year=1960)), "schedule.start"),
        (RRule("FREQ=DAILY", "UTC", START, end=NOW - timedelta(days=1)), "schedule.end"),
        (RRule("FREQ=DAILY", "UTC", START, count=0), "schedule.count"),
        (RRule("FREQ=DAILY", "UTC", START, exdate=(START,) * 1_001), "schedule.exdate"),
        (RRule("FREQ=HOURLY", "UTC", START, gap="skip"), "schedule.gap"),
        (RRule("FREQ=HOURLY", "UTC", START, fold="both"), "schedule.fold"),
        (RRule("DTSTART;TZID=Asia/Tokyo:20260101T080000\nRRULE:FREQ=DAILY", "Europe/Rome"), "schedule.timezone"),
    ],
)
def test_members_that_exclude_each_other_are_refused(schedule: Schedule, field: str) -> None:
    refused = refusal(schedule)
    assert isinstance(refused, InvalidSchedule)
    assert refused.field == field


def test_an_instant_without_an_offset_is_refused() -> None:
    for schedule in (
        Cron("@daily", start=START),
        Cron("@daily", end=START),
        RRule("FREQ=DAILY", "UTC", START, end=START),
    ):
        assert isinstance(refusal(schedule), InvalidTime)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("America/New_Yrok", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("New York", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("+02:00", "An offset is no timezone"),
        ("UTC+2", "An offset is no timezone"),
        ("Mars/Olympus", "IANA name"),
        ("", "IANA name"),
        ("../../etc/passwd", "IANA name"),
        ("localtime", "no timezone"),
        ("America", "no timezone"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_name(name: str, advice: str) -> None:
    with pytest.raises(InvalidTimezone, match=advice):
        Cron("@daily", name).checked()


def test_a_schedule_that_has_ended_before_the_job_was_made_is_refused() -> None:
    for schedule in (Cron("@daily", end=NOW), RRule("FREQ=DAILY;COUNT=3", "UTC", START.replace(year=2020))):
        with pytest.raises(InvalidSchedule, match="nothing would ever run"):
            schedule.checked().first(NOW + timedelta(days=1))


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("30 2 * * *", "Europe/Berlin", NOW, None, 3, "skip", "both", 1.5),
        RRule("FREQ=DAILY", "Europe/Berlin", START, (START, NOW), (START,), month_end="last_valid"),
        Every(seconds=5, jitter_seconds=2),
    ],
)
def test_a_schedule_comes_back_from_json_as_it_went(schedule: Schedule) -> None:
    assert msgspec.json.decode(msgspec.json.encode(schedule), type=Schedule) == schedule


def test_json_says_whether_a_time_is_local() -> None:
    for wrong in ('{"kind":"rrule","rule":"FREQ=DAILY","start":"2026-01-01T08:00:00Z"}', '{"kind":"cron"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=Schedule)
