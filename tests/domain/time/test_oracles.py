"""What others give for random lines and rules: cronsim, dateutil, and rrule-temporal by way of `oracle/rules.json`."""

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError
from dateutil.rrule import rrulestr

from foliot.domain.errors import InvalidSchedule
from foliot.domain.schedule import Cron, RRule

LAST = datetime(2040, 1, 1, tzinfo=UTC)
CREATED = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks that are set by whole hours: elsewhere cronsim steps over what is shown (see below).
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Havana", "America/Asuncion")


def cron_lines() -> Iterator[str]:
    rng = random.Random(4711)

    def field(low: int, high: int, wildcard: float) -> str:
        if rng.random() < wildcard:
            return rng.choice(["*", "*", f"*/{rng.randint(2, 12)}"])
        first, second = sorted((rng.randint(low, high), rng.randint(low, high)))
        return rng.choice([f"{first}", f"{first}", f"{first}-{second}", f"{second},{first}", f"{first}-{second}/3"])

    while True:
        day = rng.choice(["L", "LW"]) if rng.random() < 0.1 else field(1, 31, 0.6)
        weekday = rng.choice(["1L", "5#2", "MON-FRI"]) if rng.random() < 0.15 else field(0, 6, 0.6)
        minute, hour, month = field(0, 59, 0.3), field(0, 4, 0.4), field(1, 12, 0.7)
        yield f"{minute} {hour} {day} {month} {weekday}"


def moments() -> Iterator[datetime]:
    """Instants shortly before clocks are set, in one zone or another, and some others."""
    rng = random.Random(4712)
    around = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (10, 24), (10, 31), (4, 4))]
    while True:
        yield rng.choice(around) + timedelta(minutes=rng.randint(0, 24 * 60))


def test_a_thousand_random_cron_lines_run_when_cronsim_runs_them() -> None:
    rng, compared = random.Random(4713), 0
    for line, created in zip(cron_lines(), moments(), strict=False):
        zone = rng.choice(ZONES)
        try:
            theirs = CronSim(line, created.astimezone(ZoneInfo(zone)) - timedelta(seconds=1))
        except CronSimError:
            with pytest.raises(InvalidSchedule):
                Cron(line, zone).checked()
            continue
        # cronsim answers an instant twice where several times of a line fall into a gap.
        expected = list(dict.fromkeys(at.astimezone(UTC) for at in islice(theirs, 16)))
        if not expected:
            with pytest.raises(InvalidSchedule, match="never fires"):
                Cron(line, zone).checked()
            continue
        found = [planned.at for planned in islice(Cron(line, zone).checked().occurrences(created), len(expected))]
        assert found == expected, (line, zone, created)
        compared += 1
        if compared == 1_000:
            return


def test_cronsim_is_left_where_clocks_are_set_by_half_an_hour() -> None:
    """From 01:00 it steps an hour of elapsed time, to 01:30 or to 02:30, past what the clocks show in between."""
    created = datetime(2026, 4, 4, 14, 30, tzinfo=UTC)
    ours = [planned.at for planned in islice(Cron("*/10 2 * * *", "Australia/Lord_Howe").occurrences(created), 6)]
    assert ours == [datetime(2026, 4, 4, 15, 30, tzinfo=UTC) + timedelta(minutes=10 * place) for place in range(6)]


def test_a_line_with_seconds_runs_as_often_as_the_same_line_without() -> None:
    """cronsim takes each line of six fields as one that elapses, and runs 01:30 twice; no cron of Debian's has six."""
    created = datetime(2026, 11, 1, 4, tzinfo=UTC)
    with_seconds = Cron("0 30 1 * * *", "America/New_York").occurrences(created)
    without = Cron("30 1 * * *", "America/New_York").occurrences(created)
    assert list(islice(with_seconds, 3)) == list(islice(without, 3))


def rules() -> list[tuple[str, str, str, list[str] | None]]:
    cases = json.loads((Path(__file__).parent / "oracle" / "rules.json").read_text())
    return [(rule, start, zone, expected) for rule, start, zone, expected in cases]


def given(rule: str, start: str, zone: str) -> list[str]:
    """The first instants before 2040. rrule-temporal keeps the distance in a gap, which is `shift`."""
    elapses = rule.startswith(("FREQ=HOURLY", "FREQ=MINUTELY"))
    schedule = RRule(rule, zone, datetime.fromisoformat(start), gap=None if elapses else "shift")
    try:
        found = takewhile(lambda planned: planned.at < LAST, schedule.checked().occurrences(CREATED))
    except InvalidSchedule:
        return []
    return [f"{planned.at:%Y%m%dT%H%M%S}" for planned in islice(found, 6)]


def has_ordinals(rule: str) -> bool:
    return re.search(r"BYDAY=[^;]*\d(MO|TU|WE|TH|FR|SA|SU)", rule) is not None


def has_plain_days(rule: str) -> bool:
    return re.search(r"BYDAY=([^;]*,)?(MO|TU|WE|TH|FR|SA|SU)", rule) is not None


def is_disputed(rule: str) -> bool:
    """Yearly rules with days such as 2FR beside plain ones or BYMONTHDAY: rrule-temporal takes the ordinals alone.

    By RFC 5545, note 2 of the table in §3.3.10, BYDAY limits what BYMONTHDAY gives, and each of its days counts.
    """
    return rule.startswith("FREQ=YEARLY") and has_ordinals(rule) and (has_plain_days(rule) or "BYMONTHDAY" in rule)


def test_a_thousand_random_rules_are_expanded_as_rrule_temporal_does() -> None:
    answered = [case for case in rules() if case[3] is not None]
    agreed = [case for case in answered if given(*case[:3]) == case[3]]
    assert [case for case in answered if case not in agreed and not is_disputed(case[0])] == []
    assert len(answered) >= 1_000
    assert len(agreed) >= len(answered) - 20


def test_where_rrule_temporal_dissents_dateutil_agrees_with_us() -> None:
    for rule, start, zone, expected in rules():
        if expected is None or not is_disputed(rule):
            continue
        ours = given(rule, start, zone)
        # Of a plain day beside an ordinal one dateutil takes what is both, so that TU,4SA is never; and where there is
        # nothing to find, it searches until the year 9999.
        if ours not in (expected, []) and not has_plain_days(rule):
            walls = takewhile(lambda wall: wall.year < 2040, rrulestr(rule, dtstart=datetime.fromisoformat(start)))
            theirs = [wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for wall in islice(walls, len(ours))]
            assert ours == [f"{at:%Y%m%dT%H%M%S}" for at in theirs], rule


def test_a_weekly_position_counts_from_the_first_day_of_the_week_also_in_the_first() -> None:
    """dateutil counts from the start of the rule there, and gives Thursday the 4th."""
    rule, start = "FREQ=WEEKLY;INTERVAL=3;BYDAY=TH,MO,TU;BYSETPOS=2", datetime.fromisoformat("2026-06-02T09:00")
    assert next(iter(rrulestr(rule, dtstart=start))) == datetime.fromisoformat("2026-06-04T09:00")
    assert RRule(rule, "UTC", start).first(CREATED) == datetime(2026, 6, 2, 9, tzinfo=UTC)


def test_a_week_number_without_a_day_is_on_the_weekday_of_the_start() -> None:
    """By the table of §3.3.10, with rrule-temporal; dateutil gives all seven days."""
    schedule = RRule("FREQ=YEARLY;BYWEEKNO=20", "UTC", datetime.fromisoformat("2026-01-15T09:00"))
    assert [planned.at.date().isoformat() for planned in islice(schedule.occurrences(CREATED), 2)] == [
        "2026-05-14",
        "2027-05-20",
    ]
