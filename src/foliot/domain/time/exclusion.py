"""Exclusion calendars: named sets of local dates on which nothing runs, written as dates or read from iCalendar."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Final

import msgspec

from foliot.domain.errors import InvalidCalendar, InvalidSchedule
from foliot.domain.instant import EPOCH, LATEST
from foliot.domain.time.resolve import Planned
from foliot.domain.time.rule import Rule, parse_rule
from foliot.domain.time.rule_days import wall_times

MOST_DATES: Final = 20_000
MOST_TEXT: Final = 5_000_000
MOST_EVENTS: Final = 10_000
MOST_REPEATED: Final = 500
MOST_REPETITIONS: Final = 50_000
_FIELD: Final = "calendar"
_DATES: Final = "calendar.dates"
_LONGEST_DAYS: Final = 366
_LONGEST_NAME: Final = 100
_LONGEST_DESCRIPTION: Final = 1_000
_FIRST_YEAR: Final = EPOCH.year
_LAST_YEAR: Final = LATEST.year - 1
_DAY: Final = timedelta(days=1)
_DATE: Final = re.compile(r"\d{8}")


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Dates on which nothing runs: those of each schedule's own zone. `updated_at` is when they were stored."""

    name: str
    dates: frozenset[date]
    description: str = ""
    updated_at: datetime | None = None

    def checked(self) -> "Calendar":
        """This calendar, if it can be used.

        Raises:
            InvalidCalendar: its name or description cannot be used, or it has too many dates or an absurd one.
        """
        check_calendar_name(self.name)
        if len(self.description) > _LONGEST_DESCRIPTION:
            raise InvalidCalendar(
                f"A description has at most {_LONGEST_DESCRIPTION:,} characters.", "calendar.description"
            )
        if absurd := [day for day in self.dates if not _FIRST_YEAR <= day.year <= _LAST_YEAR]:
            raise InvalidCalendar(f"{min(absurd)} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}.", _DATES)
        if len(self.dates) > MOST_DATES:
            raise InvalidCalendar(
                f"The calendar {self.name!r} has {len(self.dates):,} dates; {MOST_DATES:,} are allowed.", _DATES
            )
        return self

    def excludes(self, planned: Planned) -> bool:
        """Whether an occurrence falls on one of the dates."""
        return planned.local.date() in self.dates

    def free_after(self, planned: Planned) -> datetime:
        """For an occurrence on one of the dates: all that follows before this instant is on one of them, too."""
        day = planned.local.date()
        while day in self.dates:
            day += _DAY
        midnight = datetime.combine(day, time.min, planned.local.tzinfo)
        return min(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def is_calendar_name(name: str) -> bool:
    """Whether a calendar can be called so: the name need not be quoted in a path."""
    return 0 < len(name) <= _LONGEST_NAME and all(letter.isalnum() or letter in "-_." for letter in name)


def check_calendar_name(name: str) -> None:
    """Refuse what cannot be the name of a calendar.

    Raises:
        InvalidCalendar: saying what a name may have.
    """
    if not is_calendar_name(name):
        raise InvalidCalendar(
            f"A calendar's name has 1 to {_LONGEST_NAME} letters, digits, hyphens, underscores and dots.",
            "calendar.name",
        )


def dates_of_icalendar(text: str, first: date, last: date) -> frozenset[date]:
    """The dates from `first` to `last` that all-day events of an iCalendar file (RFC 5545) cover.

    Events with a time of day, and cancelled ones, exclude nothing; a repeated event is expanded.

    Raises:
        InvalidCalendar: it is no such file, an event cannot be read (the message names it), or there is too much of it.
    """
    if len(text) > MOST_TEXT:
        raise InvalidCalendar(f"The file has more than {MOST_TEXT:,} characters.", _FIELD)
    lines = _unfolded(text)
    if not any(line.upper() == "BEGIN:VCALENDAR" for line in lines):
        raise InvalidCalendar("This is no iCalendar file; it has no BEGIN:VCALENDAR.", _FIELD)
    found: set[date] = set()
    budget = _Budget()
    for event in _events(lines):
        budget.read()
        for begin, days in _spans(event, first, last, budget):
            found.update(day for day in _days(begin, days) if first <= day <= last)
            if len(found) > MOST_DATES:
                raise InvalidCalendar(f"The file covers more than {MOST_DATES:,} dates; ask for fewer years.", _FIELD)
    return frozenset(found)


_Event = list[tuple[str, str]]


class _Budget:
    """How much of a file is looked at before it is refused: expanding it must not hold up others."""

    def __init__(self) -> None:
        self._events = self._repeated = self._repetitions = 0

    def read(self) -> None:
        self._events += 1
        _expect_at_most(self._events, MOST_EVENTS, "events")

    def repeat(self) -> None:
        self._repeated += 1
        _expect_at_most(self._repeated, MOST_REPEATED, "repeated events")

    def expand(self) -> None:
        self._repetitions += 1
        _expect_at_most(self._repetitions, MOST_REPETITIONS, "repetitions")


def _expect_at_most(count: int, most: int, what: str) -> None:
    if count > most:
        raise InvalidCalendar(f"The file has more than {most:,} {what}; write out its dates instead.", _FIELD)


def _unfolded(text: str) -> list[str]:
    """Content lines, put together again where they were folded (RFC 5545 §3.1)."""
    whole = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    return [line.strip() for line in whole.split("\n") if line.strip()]


def _events(lines: list[str]) -> Iterator[_Event]:
    """The properties of each event, its alarms left out, as (name, value)."""
    event: _Event | None = None
    depth = 0
    for line in lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].upper()
        if name == "BEGIN" and event is None:
            event, depth = ([], 0) if value.upper() == "VEVENT" else (None, 0)
        elif event is None:
            continue
        elif name in {"BEGIN", "END"} and not (name == "END" and depth == 0):
            depth += 1 if name == "BEGIN" else -1
        elif name == "END":
            yield event
            event = None
        elif depth == 0:
            event.append((name, value.strip()))
    if event is not None:
        raise InvalidCalendar("The file ends within an event; an END:VEVENT is missing.", _FIELD)


def _spans(event: _Event, first: date, last: date, budget: _Budget) -> Iterator[tuple[date, int]]:
    """The first day and the length in days of an event and of its repetitions that touch the range."""
    values = dict(event)
    title = values.get("SUMMARY", "without a summary")
    start = _all_day(values.get("DTSTART", ""), title)
    if start is None or values.get("STATUS", "").upper() == "CANCELLED":
        return
    days = _length(values, start, title)
    excluded = set(_listed(event, "EXDATE", title))
    begins = [start] if "RRULE" not in values else _repeated(values["RRULE"], start, first, last, days, title, budget)
    for begin in sorted({*begins, *_listed(event, "RDATE", title)} - excluded):
        yield begin, days


def _repeated(
    text: str, start: date, first: date, last: date, days: int, title: str, budget: _Budget
) -> Iterator[date]:
    budget.repeat()
    # An UNTIL of an all-day event is a date, too, and includes its day.
    whole = re.sub(r"(UNTIL=\d{8})(?=;|$)", r"\1T235959", text.upper())
    try:
        rule = parse_rule(whole)
    except InvalidSchedule as error:
        raise InvalidCalendar(
            f"The event {title!r} repeats in a way that cannot be read: {error.message}", _FIELD
        ) from None
    if rule.elapses:
        raise InvalidCalendar(f"The event {title!r} lasts days and repeats by the hour or less.", _FIELD)
    midnight = datetime.combine(start, datetime.min.time())
    after = datetime.combine(first, datetime.min.time()) - timedelta(days=days)
    times = wall_times(rule.completed(midnight), midnight, midnight.replace(year=1) if rule.count else after)
    for place, wall in enumerate(takewhile(lambda each: each.date() <= last, times)):
        budget.expand()
        if _is_over(rule, place, wall):
            return
        yield wall.date()


def _is_over(rule: Rule, place: int, wall: datetime) -> bool:
    counted = rule.count is not None and place >= rule.count
    return counted or (rule.until is not None and wall > rule.until.replace(tzinfo=None))


def _listed(event: _Event, wanted: str, title: str) -> Iterator[date]:
    for name, value in event:
        if name == wanted:
            for text in value.split(","):
                day = _all_day(text.strip(), title)
                if day is not None:
                    yield day


def _length(values: dict[str, str], start: date, title: str) -> int:
    """How many days an event lasts: to the day before its DTEND, or by its DURATION, or one."""
    if "DTEND" in values:
        end = _all_day(values["DTEND"], title)
        days = 1 if end is None else max(1, (end - start).days)
    else:
        lasts = re.fullmatch(r"\+?P(?:(\d{1,3})W|(\d{1,4})D)", values.get("DURATION", "P1D").upper())
        days = 1 if lasts is None else max(1, int(lasts[1] or 0) * 7 + int(lasts[2] or 0))
    if days > _LONGEST_DAYS:
        raise InvalidCalendar(f"The event {title!r} lasts {days:,} days; {_LONGEST_DAYS} are allowed.", _FIELD)
    return days


def _all_day(text: str, title: str) -> date | None:
    """The date that a value is, or none if it is a time."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidCalendar(f"The event {title!r} has a date that does not exist, {text}.", _FIELD) from None


def _days(begin: date, days: int) -> Iterator[date]:
    return (begin + timedelta(days=place) for place in range(days))
