"""Schedules in the simple forms of other schedulers, as what they mean here."""

import math
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from foliot.domain.errors import InvalidSchedule
from foliot.domain.time.every import SHORTEST_INTERVAL_SECONDS, Every
from foliot.domain.time.rrule import RRule
from foliot.domain.time.rule import FIELD, Frequency, parse_rule
from foliot.domain.time.zone import to_local, zone_of

Unit = Literal["hourly", "daily", "weekly", "monthly"]

_HOUR: Final = timedelta(hours=1)
_MOST_UNITS: Final = 10_000


def by_local_time(rule: str, local_time: str, timezone: str, first_day: date) -> RRule:
    """`FREQ=DAILY` or `FREQ=WEEKLY`, with an `INTERVAL` or without, at a local time such as `08:00`.

    Intervals are counted from `first_day`, whose weekday a weekly rule keeps.

    Raises:
        InvalidSchedule: another rule, or no time of day; a whole RRULE says the rest.
        InvalidTimezone: no such zone.
    """
    parsed = parse_rule(rule)
    others = {part.partition("=")[0].strip().upper() for part in rule.split(";")} - {"FREQ", "INTERVAL"}
    if parsed.frequency not in {Frequency.DAILY, Frequency.WEEKLY} or others:
        raise InvalidSchedule(
            f"{FIELD}: beside a local_time it is FREQ=DAILY or FREQ=WEEKLY with INTERVAL; for more write a schedule of "
            "kind `rrule` with its start.",
            FIELD,
        )
    text = f"FREQ={parsed.frequency.name};INTERVAL={parsed.interval}"
    return RRule(text, timezone, datetime.combine(first_day, _time_of_day(local_time, "schedule.local_time"))).checked()


def by_unit(unit: Unit, value: int, at_time: str, timezone: str, now: datetime) -> RRule:
    """Hourly, daily, weekly or monthly, every `value` of them, at a local time, for a job that is created at `now`.

    The first is the next full hour and `value` - 1 hours more; today at `at_time` if `value` is 1 and that is ahead,
    else in `value` days; in `value` weeks; in `value` months. A month without the day has it on its last.

    Raises:
        InvalidSchedule: an unknown unit, a value out of range, or no time of day.
        InvalidTimezone: no such zone.
    """
    if not 1 <= value <= _MOST_UNITS:
        raise InvalidSchedule(f"schedule.value must be from 1 to {_MOST_UNITS:,}.", "schedule.value")
    local = to_local(now, zone_of(timezone))
    if unit == "hourly":
        full = local.replace(minute=0, second=0, microsecond=0) + _HOUR * value
        return RRule(f"FREQ=HOURLY;INTERVAL={value}", timezone, full).checked()
    today = datetime.combine(local.date(), _time_of_day(at_time, "schedule.at_time"))
    match unit:
        case "daily":
            first = today if value == 1 and today > local else today + timedelta(days=value)
            return RRule(f"FREQ=DAILY;INTERVAL={value}", timezone, first).checked()
        case "weekly":
            return RRule(f"FREQ=WEEKLY;INTERVAL={value}", timezone, today + timedelta(weeks=value)).checked()
        case "monthly":
            return _monthly(value, timezone, today)
    raise InvalidSchedule(f"schedule.unit {unit!r} is none of hourly, daily, weekly, monthly.", "schedule.unit")


def by_interval(interval_seconds: float, start: datetime | None = None) -> Every:
    """Every so many seconds of elapsed time, and nothing else: not the nearest daily rule.

    Raises:
        InvalidSchedule: an interval below one second.
    """
    if not (math.isfinite(interval_seconds) and interval_seconds >= SHORTEST_INTERVAL_SECONDS):
        raise InvalidSchedule("schedule.interval_seconds must be at least 1.", "schedule.interval_seconds")
    return Every(seconds=interval_seconds, start=start).checked()


def _monthly(value: int, timezone: str, today: datetime) -> RRule:
    """From `value` months on. The rule starts in the first of them; its day is named, since that may lack it."""
    years, month = divmod(today.month - 1 + value, 12)
    start = today.replace(year=today.year + years, month=month + 1, day=1)
    rule = f"FREQ=MONTHLY;INTERVAL={value};BYMONTHDAY={today.day}"
    return RRule(rule, timezone, start, month_end="last_valid").checked()


def _time_of_day(text: str, field: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or found.microsecond or ":" not in text:
        raise InvalidSchedule(f"{field} {text!r} is no time of day; write it as 08:00 or 08:00:30.", field)
    return found
