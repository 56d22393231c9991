"""The worked examples of RFC 5545, section 3.8.5.3: each expands to the dates that are printed there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from foliot.domain.schedule import RRule

CREATED = datetime(1997, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def nine(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00")


START = nine("1997-09-02")


def days(text: str) -> list[datetime]:
    """`1997-09: 2 3; 1997-10: 4` as wall times at nine."""
    found = []
    for month in text.split(";"):
        name, numbers = month.strip().split(":")
        found += [datetime.fromisoformat(f"{name}-{int(day):02}T09:00") for day in numbers.split()]
    return found


def times(date: str, text: str) -> list[datetime]:
    return [datetime.fromisoformat(f"{date}T{time}") for time in text.split()]


def each(first: datetime, count: int, step: timedelta = DAY) -> list[datetime]:
    return [first + step * place for place in range(count)]


def on(month_day: str, *years: int) -> list[datetime]:
    return [datetime.fromisoformat(f"{year}-{month_day}T09:00") for year in years]


def january_mornings() -> Iterator[datetime]:
    for year in (1998, 1999, 2000):
        yield from each(nine(f"{year}-01-01"), 31)


def every_twenty_minutes() -> list[datetime]:
    return [at for at in each(START, 48 * 3, timedelta(minutes=20)) if 9 <= at.hour <= 16]


EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", START, each(START, 10), True),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", START, each(START, 113), True),
    ("FREQ=DAILY;INTERVAL=2", START, each(START, 47, 2 * DAY), False),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", START, days("1997-09: 2 12 22; 1997-10: 2 12"), True),
    ("FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", nine("1998-01-01"),
     list(january_mornings()), True),
    ("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", nine("1998-01-01"), list(january_mornings()), True),
    ("FREQ=WEEKLY;COUNT=10", START, each(START, 10, 7 * DAY), True),
    ("FREQ=WEEKLY;UNTIL=19971224T000000Z", START, each(START, 17, 7 * DAY), True),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", START, each(START, 13, 14 * DAY), False),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", START,
     days("1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2"), True),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", START, days("1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2"), True),
    ("FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", nine("1997-09-01"),
     days("1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; 1997-11: 10 12 14 24 26 28; "
          "1997-12: 8 10 12 22"),
     True),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", START,
     days("1997-09: 2 4 16 18 30; 1997-10: 2 14 16"), True),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", nine("1997-09-05"),
     days("1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; 1998-04: 3; 1998-05: 1; "
          "1998-06: 5"), True),
    ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", nine("1997-09-05"),
     days("1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5"), True),
    ("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", nine("1997-09-07"),
     days("1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31"), True),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", nine("1997-09-22"),
     days("1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16"), True),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", nine("1997-09-28"),
     days("1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26"), False),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", START,
     days("1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15"), True),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", nine("1997-09-30"),
     days("1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1"), True),
    ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", nine("1997-09-10"),
     days("1997-09: 10 11 12 13 14 15; 1999-03: 10 11 12 13"), True),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", START,
     days("1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31"), False),
    ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", nine("1997-06-10"),
     sorted(on("06-10", *range(1997, 2002)) + on("07-10", *range(1997, 2002))), True),
    ("FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", nine("1997-03-10"),
     days("1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10; 2003-01: 10; "
          "2003-02: 10; 2003-03: 10"), True),
    ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", nine("1997-01-01"),
     days("1997-01: 1; 1997-04: 10; 1997-07: 19; 2000-01: 1; 2000-04: 9; 2000-07: 18; 2003-01: 1; 2003-04: 10; "
          "2003-07: 19; 2006-01: 1"), True),
    ("FREQ=YEARLY;BYDAY=20MO", nine("1997-05-19"),
     days("1997-05: 19; 1998-05: 18; 1999-05: 17"), False),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", nine("1997-05-12"),
     days("1997-05: 12; 1998-05: 11; 1999-05: 17"), False),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", nine("1997-03-13"),
     days("1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25"), False),
    ("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", nine("1997-06-05"),
     days("1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; 1998-06: 4 11 18 25; "
          "1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27; 1999-06: 3 10 17 24; 1999-07: 1 8 15 22 29; "
          "1999-08: 5 12 19 26"), False),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", START,
     days("1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13"), False),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", nine("1997-09-13"),
     days("1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7; 1998-04: 11; "
          "1998-05: 9; 1998-06: 13"), False),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", nine("1996-11-05"),
     days("1996-11: 5; 2000-11: 7; 2004-11: 2"), False),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", nine("1997-09-04"),
     days("1997-09: 4; 1997-10: 7; 1997-11: 6"), True),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", nine("1997-09-29"),
     days("1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; 1998-03: 30"), False),
    # The RFC prints UNTIL=19970902T170000Z, which is 13:00 in New York; the dates that it lists are those until 17:00.
    ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", START, times("1997-09-02", "09:00 12:00 15:00"), True),
    ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", START, times("1997-09-02", "09:00 09:15 09:30 09:45 10:00 10:15"), True),
    ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", START, times("1997-09-02", "09:00 10:30 12:00 13:30"), True),
    ("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", START, every_twenty_minutes(), False),
    ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", START, every_twenty_minutes(), False),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", nine("1997-08-05"),
     days("1997-08: 5 10 19 24"), True),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", nine("1997-08-05"),
     days("1997-08: 5 17 19 31"), True),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", nine("2007-01-15"),
     days("2007-01: 15 30; 2007-02: 15; 2007-03: 15 30"), True),
]  # fmt: skip


def shown(schedule: RRule, count: int) -> list[datetime]:
    created = CREATED.replace(year=1996)
    return [each.local.replace(tzinfo=None) for each in islice(schedule.checked().occurrences(created), count)]


@pytest.mark.parametrize(("rule", "start", "expected", "ends"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_an_example_of_the_rfc_is_expanded_as_printed(
    rule: str, start: datetime, expected: list[datetime], ends: bool
) -> None:
    found = shown(RRule(rule, "America/New_York", start), len(expected) + 1)
    assert found[: len(expected)] == expected
    assert (len(found) == len(expected)) is ends


def test_friday_the_thirteenth_leaves_out_its_own_start() -> None:
    rule = RRule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "America/New_York", START, exdate=(START,))
    assert shown(rule, 1) == days("1998-02: 13")


def test_the_first_example_keeps_nine_o_clock_when_summer_ends() -> None:
    rule = RRule("FREQ=DAILY;UNTIL=19971224T000000Z", "America/New_York", START)
    offsets = {planned.at.hour for planned in rule.occurrences(CREATED)}
    assert offsets == {13, 14}
