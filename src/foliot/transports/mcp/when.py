"""When: the times of a call, as a person says them, made into a schedule; and instants, told as a person reads them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final

import msgspec

from foliot.domain.errors import InvalidTime
from foliot.domain.schedule import At, Cron, Every, RRule, Schedule, preview
from foliot.domain.time.zone import to_local, zone_of
from foliot.transports.mcp.reading import InvalidArguments

_DURATION: Final = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*(?:s|m|h|d|w)[a-z]*[\s,]*(?:and\s+)?)+", re.ASCII | re.IGNORECASE)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)([a-z]*)", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS: Final = frozenset({
    "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours",
    "d", "day", "days", "w", "week", "weeks",
})  # fmt: skip
_DAY: Final = timedelta(days=1)

Moment = Annotated[
    str,
    msgspec.Meta(
        description="Once, then: local in `timezone` as 2026-12-01T08:00, or 08:00 for the next one; or with offset as "
        "2026-12-01T07:00:00Z. A past time runs at once. With every, rrule, cron: the first time allowed."
    ),
]
Delay = Annotated[str, msgspec.Meta(description="Once, this long from now: 90s, 10m, 2h, 1d, 1h30m.")]
Interval = Annotated[
    str, msgspec.Meta(description="Again and again, elapsed time in between: 15m, 2h. For a daily local time use cron.")
]
CronLine = Annotated[
    str, msgspec.Meta(description="Cron line of 5 fields in local time: `0 8 * * MON-FRI` is 08:00 on weekdays.")
]
Rule = Annotated[
    str,
    msgspec.Meta(
        description="RFC 5545 rule, `at` being its start: FREQ=MONTHLY;BYDAY=-1FR is each month's last Friday."
    ),
]
Zone = Annotated[
    str, msgspec.Meta(description="The user's IANA timezone, as Europe/Berlin. Needed with a local time, cron, rrule.")
]
Until = Annotated[str, msgspec.Meta(description="Last time allowed for every, cron, rrule; written as `at`.")]
Count = Annotated[int, msgspec.Meta(ge=1, description="At most this many occurrences of every, cron, rrule.")]
Excluded = Annotated[
    Sequence[str], msgspec.Meta(description="Calendars on whose dates it does not recur, as holidays.")
]
ShownIn = Annotated[str, msgspec.Meta(description="IANA zone to show times in.")]


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At once, unless one of these says otherwise."""

    at: Moment | None = None
    delay: Delay | None = None
    every: Interval | None = None
    cron: CronLine | None = None
    rrule: Rule | None = None
    timezone: Zone | None = None
    until: Until | None = None
    count: Count | None = None
    exclude: Excluded = ()


class WhenAnew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for tools that a model knows after task_create, in fewer words."""

    at: Annotated[str, msgspec.Meta(description="As in task_create: 2026-12-01T08:00, 08:00.")] | None = None
    delay: Annotated[str, msgspec.Meta(description="10m, 2h.")] | None = None
    every: Annotated[str, msgspec.Meta(description="15m, 2h.")] | None = None
    cron: Annotated[str, msgspec.Meta(description="0 8 * * MON-FRI")] | None = None
    rrule: Annotated[str, msgspec.Meta(description="FREQ=DAILY, from `at`.")] | None = None
    timezone: Annotated[str, msgspec.Meta(description="IANA zone, as Europe/Berlin.")] | None = None
    until: Annotated[str, msgspec.Meta(description="Last time, as `at`.")] | None = None
    count: Annotated[int, msgspec.Meta(ge=1, description="Most occurrences, as 5.")] | None = None
    exclude: Annotated[Sequence[str], msgspec.Meta(description="Calendars, as holidays.")] = ()

    @property
    def is_without_times(self) -> bool:
        """Whether nothing is said of when."""
        members = (self.at, self.delay, self.every, self.cron, self.rrule, self.until, self.count)
        return not self.exclude and all(member is None for member in members)


class Planned(msgspec.Struct, frozen=True):
    """What was asked for: a schedule, a delay or neither for at once; the zone to show times in; what is to be said."""

    schedule: Schedule | None
    timezone: str | None
    notes: tuple[str, ...] = ()
    delay_seconds: float | None = None


def planned(when: When | WhenAnew, now: datetime, default_zone: str | None) -> Planned:
    """The schedule that a call asks for.

    Raises:
        InvalidArguments: arguments that exclude one another, or a time that is none; the message says what to do.
        InvalidSchedule: the schedule cannot be followed.
        InvalidTimezone: no such zone.
        InvalidTime: a time is absurd.
    """
    zone = when.timezone or default_zone
    if zone is not None:
        zone_of(zone, "timezone")
    kinds = [name for name in ("delay", "every", "cron", "rrule") if getattr(when, name) is not None]
    if len(kinds) > 1:
        raise InvalidArguments(f"{' and '.join(kinds)} exclude one another. Give one of them.", kinds[1])
    if kinds in ([], ["delay"]):
        for name in ("until", "count", "exclude"):
            if getattr(when, name) not in (None, ()):
                raise InvalidArguments(
                    f"{name} is for every, cron and rrule. Give one of these, or leave it out.", name
                )
    if when.delay is not None:
        if when.at is not None:
            raise InvalidArguments("delay and at exclude one another. Give one of them.", "delay")
        return Planned(None, zone, delay_seconds=duration(when.delay, "delay").total_seconds())
    if not kinds:
        return Planned(None, zone) if when.at is None else _once(when.at, now, zone)
    return _series(when, now, zone)


def _once(text: str, now: datetime, zone: str | None) -> Planned:
    at, note = instant(text, "at", now, zone)
    notes = () if note is None else (note,)
    if at < now:
        return Planned(None, zone, (*notes, f"{text} was {span(now - at)} ago; it runs now."))
    return Planned(At(at), zone, notes)


def _series(when: When | WhenAnew, now: datetime, zone: str | None) -> Planned:
    exclude = tuple(when.exclude)
    end = None if when.until is None else instant(when.until, "until", now, zone)[0]
    if when.every is not None:
        seconds = duration(when.every, "every").total_seconds()
        start = None if when.at is None else instant(when.at, "at", now, zone)[0]
        notes: tuple[str, ...] = ()
        if seconds % 86400 == 0 and zone not in (None, "UTC"):
            notes = (
                "every counts elapsed time, so local times move when clocks change; use cron or rrule to keep them.",
            )
        return Planned(Every(seconds=seconds, start=start, end=end, count=when.count, exclude=exclude), zone, notes)
    if zone is None:
        raise _needs_zone("cron" if when.cron is not None else "rrule")
    if when.cron is not None:
        start = None if when.at is None else instant(when.at, "at", now, zone)[0]
        return Planned(Cron(when.cron, zone, start=start, end=end, count=when.count, exclude=exclude), zone)
    rule = when.rrule or ""
    if when.at is None and "DTSTART" not in rule.upper():
        raise InvalidArguments(
            "rrule needs `at`, the local time that it counts from, as 08:00 or 2026-12-01T08:00. Add it.", "at"
        )
    start = None if when.at is None else _wall(when.at, "at", now, zone)
    return Planned(RRule(rule, zone, start=start, end=end, count=when.count, exclude=exclude), zone)


def instant(text: str, field: str, now: datetime, zone: str | None) -> tuple[datetime, str | None]:
    """The instant that a text names, and a note where the clocks of the zone are set just then.

    Raises:
        InvalidArguments: it is no time, or a local one in no zone.
        InvalidTime: it lies outside the years 1970 to 2199.
    """
    moment = _moment(text, field)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return _checked(moment, field), None
    if zone is None:
        raise _needs_zone(field)
    if isinstance(moment, time):
        moment = _next(moment, now, zone)
    _checked(moment.replace(tzinfo=UTC), field)
    once = RRule("FREQ=DAILY;COUNT=1", zone, start=moment.replace(microsecond=0))
    [found] = preview(once, max(moment.replace(tzinfo=UTC) - 2 * _DAY, _FIRST), 1)
    return found.at, found.note


_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _wall(text: str, field: str, now: datetime, zone: str) -> datetime:
    """The naive local time that a text names; a bare time of day is that of today."""
    moment = _moment(text, field)
    if isinstance(moment, time):
        return datetime.combine(to_local(now, zone_of(zone, "timezone")).date(), moment)
    wall = moment if moment.tzinfo is None else to_local(_checked(moment, field), zone_of(zone, "timezone"))
    return wall.replace(microsecond=0)


def _next(moment: time, now: datetime, zone: str) -> datetime:
    today = to_local(now, zone_of(zone, "timezone"))
    wall = datetime.combine(today.date(), moment)
    return wall if wall > today else wall + _DAY


def _moment(text: str, field: str) -> datetime | time:
    text = text.strip()
    try:
        if re.fullmatch(r"\d{1,2}:\d\d(?::\d\d)?", text, re.ASCII):
            return time.fromisoformat(text.zfill(8 if text.count(":") == 2 else 5))
        if re.match(r"\d{4}-\d\d-\d\d[T ]\d", text, re.ASCII):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidArguments(
        f"`{field}`: {text[:100]!r} is no time. Write 2026-12-01T08:00 (local), 08:00 (the next one) or "
        "2026-12-01T07:00:00Z.",
        field,
    )


def _checked(at: datetime, field: str) -> datetime:
    try:
        return At(at).checked().at
    except InvalidTime as error:
        raise InvalidTime(error.message.replace("schedule.at", f"`{field}`"), field) from None


def _needs_zone(field: str) -> InvalidArguments:
    return InvalidArguments(
        f"`{field}` is in local time, but no timezone is given. Add `timezone`, the user's IANA zone as "
        "America/New_York; ask the user if you do not know it.",
        "timezone",
    )


def duration(text: str, field: str) -> timedelta:
    """A length of time as `90s`, `10m`, `2h`, `1d`, `1h30m` or `2 hours`.

    Raises:
        InvalidArguments: it is none.
    """
    parts = _PART.findall(text) if _DURATION.fullmatch(text) else []
    try:
        if parts and all((unit + rest).lower() in _WORDS for _, unit, rest in parts):
            return timedelta(seconds=sum(float(number) * _SECONDS[unit.lower()] for number, unit, _ in parts))
    except OverflowError:
        pass
    raise InvalidArguments(f"`{field}`: {text[:100]!r} is no length of time. Write 90s, 10m, 2h, 1d or 1h30m.", field)


def local(at: datetime | None, zone: str | None) -> str | None:
    """`Tue 2026-12-01 08:00:00 CET`, or None where there is no instant or no zone."""
    if at is None or zone is None:
        return None
    return f"{at.astimezone(zone_of(zone, 'timezone')):%a %Y-%m-%d %H:%M:%S %Z}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: `3 days`, `2 hours`, `1 minute`, `5 seconds`."""
    seconds = max(0, round(length.total_seconds()))
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a second"
