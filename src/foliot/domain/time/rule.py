"""A recurrence rule (RFC 5545 §3.3.10) as a value: parsed, checked part by part, and completed from its start."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

import msgspec

from foliot.domain.errors import InvalidSchedule

FIELD: Final = "schedule.rule"
MOST_COUNTED: Final = 10_000
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ORDINAL_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_MOMENT: Final = re.compile(r"\d{8}T\d{6}Z?")


class Frequency(IntEnum):
    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4
    MINUTELY = 5
    SECONDLY = 6


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a rule; an empty set is a part that is absent.

    Weekdays are 0 (Monday) to 6; `ordinal_days` are (n, weekday) as in `-1FR`. `until` is naive if it is local.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    week_days: frozenset[int] = frozenset()
    ordinal_days: frozenset[tuple[int, int]] = frozenset()
    hours: frozenset[int] = frozenset()
    minutes: frozenset[int] = frozenset()
    seconds: frozenset[int] = frozenset()
    positions: frozenset[int] = frozenset()

    @property
    def elapses(self) -> bool:
        """Whether it counts elapsed time, not days of a calendar."""
        return self.frequency >= Frequency.HOURLY

    @property
    def most_in_period(self) -> int:
        """How many times a period of a completed rule has at most."""
        days = {Frequency.YEARLY: 366, Frequency.MONTHLY: 31, Frequency.WEEKLY: 7}.get(self.frequency, 1)
        hours = 1 if self.elapses else len(self.hours)
        minutes = 1 if self.frequency >= Frequency.MINUTELY else max(1, len(self.minutes))
        return days * hours * minutes * (1 if self.frequency is Frequency.SECONDLY else max(1, len(self.seconds)))

    def completed(self, start: datetime) -> "Rule":
        """With what the rule leaves open taken from its start: the time of day, and the day where none is named.

        An hourly or minutely rule that names no minute and second leaves that to the time that elapses.
        """
        parts: dict[str, frozenset[int]] = {}
        if not self.elapses or (self.frequency is Frequency.HOURLY and (self.minutes or self.seconds)):
            parts["minutes"] = self.minutes or frozenset({start.minute})
            parts["seconds"] = self.seconds or frozenset({start.second})
        if not self.elapses:
            parts["hours"] = self.hours or frozenset({start.hour})
        names_day = self.week_days or self.ordinal_days or self.month_days or self.year_days
        if not names_day and (self.weeks or self.frequency is Frequency.WEEKLY):
            parts["week_days"] = frozenset({start.weekday()})
        elif not names_day and self.frequency in {Frequency.YEARLY, Frequency.MONTHLY}:
            parts["month_days"] = frozenset({start.day})
            if self.frequency is Frequency.YEARLY and not self.months:
                parts["months"] = frozenset({start.month})
        return msgspec.structs.replace(self, **parts)


def parse_rule(text: str) -> Rule:
    """The rule of a text such as `FREQ=MONTHLY;BYDAY=-1FR`.

    Raises:
        InvalidSchedule: a part that is unknown, out of range, given twice, or not allowed beside another.
    """
    parts = _parts(text)
    if "FREQ" not in parts:
        raise InvalidSchedule(f"{FIELD} has no FREQ; begin it with one, as FREQ=DAILY.", FIELD)
    if parts["FREQ"] not in Frequency.__members__:
        raise InvalidSchedule(f"{FIELD}: FREQ={parts['FREQ']} is none of {', '.join(Frequency.__members__)}.", FIELD)
    members: dict[str, object] = {}
    for name, value in parts.items():
        members |= _READERS[name](name, value)
    rule = msgspec.convert(members, Rule)
    _check_together(rule, parts)
    return rule


def parse_moment(text: str, name: str) -> datetime:
    """A date with time of iCalendar: in UTC with a Z, else naive.

    Raises:
        InvalidSchedule: it is another thing.
    """
    if _MOMENT.fullmatch(text):
        try:
            moment = datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a local time is naive
        except ValueError:
            pass
        else:
            return moment.replace(tzinfo=UTC) if text.endswith("Z") else moment
    raise InvalidSchedule(
        f"{FIELD}: {name} {text!r} is no date with a time; write it as 20260501T080000, or with a Z for UTC.", FIELD
    )


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = piece.strip().partition("=")
        if not equals or not value:
            raise InvalidSchedule(f"{FIELD}: {piece!r} is not of the form NAME=VALUE.", FIELD)
        if name in parts:
            raise InvalidSchedule(f"{FIELD} has {name} twice; write its values with commas between.", FIELD)
        if name not in _READERS:
            raise InvalidSchedule(f"{FIELD}: {name} is not supported. {_ADVICE.get(name, '')}".rstrip(), FIELD)
        parts[name] = value
    return parts


_ADVICE: Final = {
    "SKIP": "schedule.month_end says what a month without the day does.",
    "RSCALE": "Rules follow the Gregorian calendar.",
    "BYEASTER": "List the days as RDATE.",
    "DTSTART": "Write it on a line of its own, or as schedule.start.",
}


def _numbers(member: str, low: int, high: int, *, signed: bool = False) -> Callable[[str, str], dict[str, object]]:
    def read(name: str, value: str) -> dict[str, object]:
        numbers = set()
        for text in value.split(","):
            number = _integer(text)
            if number is None or not (low <= (abs(number) if signed else number) <= high):
                span = f"{low} to {high}" + (f" or -{high} to -{low}" if signed else "")
                raise InvalidSchedule(f"{FIELD}: {name}={text} must be from {span}.", FIELD)
            numbers.add(number)
        return {member: numbers}

    return read


def _number(member: str, most: int, advice: str = "") -> Callable[[str, str], dict[str, object]]:
    def read(name: str, value: str) -> dict[str, object]:
        number = _integer(value)
        if number is None or not 1 <= number <= most:
            raise InvalidSchedule(f"{FIELD}: {name}={value} must be from 1 to {most:,}{advice}.", FIELD)
        return {member: number}

    return read


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,10}", text) else None


def _read_days(name: str, value: str) -> dict[str, object]:
    plain, ordinal = set(), set()
    for text in value.split(","):
        found = _ORDINAL_DAY.fullmatch(text)
        if found is None or (found[1] is not None and not 1 <= abs(int(found[1])) <= 53):
            raise InvalidSchedule(f"{FIELD}: {name}={text} must be a day as MO, or 2MO, or -1FR.", FIELD)
        day = _DAYS.index(found[2])
        if found[1] is None:
            plain.add(day)
        else:
            ordinal.add((int(found[1]), day))
    return {"week_days": plain, "ordinal_days": ordinal}


def _read_week_start(name: str, value: str) -> dict[str, object]:
    if value not in _DAYS:
        raise InvalidSchedule(f"{FIELD}: {name}={value} must be one of {', '.join(_DAYS)}.", FIELD)
    return {"week_start": _DAYS.index(value)}


def _read_until(name: str, value: str) -> dict[str, object]:
    if re.fullmatch(r"\d{8}", value):
        raise InvalidSchedule(
            f"{FIELD}: {name}={value} is a day, which may or may not mean its end; write {name}={value}T235959.", FIELD
        )
    return {"until": parse_moment(value, name)}


_READERS: Final[dict[str, Callable[[str, str], dict[str, object]]]] = {
    "FREQ": lambda _, value: {"frequency": Frequency[value]},
    "INTERVAL": _number("interval", 1_000_000_000),
    "COUNT": _number("count", MOST_COUNTED, "; write an UNTIL instead"),
    "UNTIL": _read_until,
    "WKST": _read_week_start,
    "BYMONTH": _numbers("months", 1, 12),
    "BYWEEKNO": _numbers("weeks", 1, 53, signed=True),
    "BYYEARDAY": _numbers("year_days", 1, 366, signed=True),
    "BYMONTHDAY": _numbers("month_days", 1, 31, signed=True),
    "BYDAY": _read_days,
    "BYHOUR": _numbers("hours", 0, 23),
    "BYMINUTE": _numbers("minutes", 0, 59),
    "BYSECOND": _numbers("seconds", 0, 59),
    "BYSETPOS": _numbers("positions", 1, 366, signed=True),
}


def _check_together(rule: Rule, parts: dict[str, str]) -> None:
    """What RFC 5545 §3.3.10 forbids beside each other."""
    frequency = rule.frequency
    for forbidden, reason in (
        (rule.count is not None and rule.until is not None, "COUNT and UNTIL exclude each other; leave one out"),
        (rule.weeks and frequency is not Frequency.YEARLY, "BYWEEKNO is only for FREQ=YEARLY"),
        (
            rule.year_days and frequency in {Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY},
            "BYYEARDAY is not for FREQ=DAILY, WEEKLY and MONTHLY",
        ),
        (rule.month_days and frequency is Frequency.WEEKLY, "BYMONTHDAY is not for FREQ=WEEKLY"),
        (
            rule.ordinal_days and frequency not in {Frequency.MONTHLY, Frequency.YEARLY},
            "a number before a day in BYDAY is only for FREQ=MONTHLY and YEARLY",
        ),
        (rule.ordinal_days and rule.weeks, "a number before a day in BYDAY cannot be beside BYWEEKNO"),
        (
            rule.positions and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts),
            "BYSETPOS picks from what another BY… gives; add one",
        ),
    ):
        if forbidden:
            raise InvalidSchedule(f"{FIELD}: {reason} (RFC 5545, section 3.3.10).", FIELD)
