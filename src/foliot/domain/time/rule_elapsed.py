"""The instants of a rule that counts hours, minutes or seconds, which elapse whatever the clocks are set to.

A period is that much elapsed time, counted from the start; an instant of a period belongs to the rule if what the
zone's clocks show then passes each of its parts.
"""

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import LATEST
from foliot.domain.time.resolve import clocks_stay
from foliot.domain.time.rule import FIELD, Frequency, Rule
from foliot.domain.time.rule_days import at_positions, matches
from foliot.domain.time.zone import to_local

_SECOND: Final = timedelta(seconds=1)
_LENGTH: Final = {Frequency.HOURLY: 3600, Frequency.MINUTELY: 60, Frequency.SECONDLY: 1}
# A rule that misses so often, as every second hour at an odd hour in UTC, never matches.
_MOST_MISSES: Final = 20_000


def instants(
    rule: Rule, start: datetime, zone: ZoneInfo, after: datetime, most_tries: int | None = None
) -> Iterator[datetime]:
    """The instants of a completed rule at the instant `start` or later, and later than `after`, in order.

    Raises:
        InvalidSchedule: `most_tries` periods have been looked at.
    """
    step = rule.interval * _LENGTH[rule.frequency] * _SECOND
    length = _LENGTH[rule.frequency] if _expands(rule) else 1
    origin = start - _into_period(to_local(start, zone), length) * _SECOND
    period = max(0, (after - origin) // step)
    misses, tries = 0, 0
    while misses < _MOST_MISSES and (begin := _begin(origin, step, period)) is not None:
        found = [at for at in _candidates(rule, begin, length, zone) if _is_in(rule, to_local(at, zone))]
        chosen = at_positions(found, rule.positions)
        tries += 1
        if tries == most_tries:
            raise InvalidSchedule(
                f"{FIELD}: the last of COUNT={rule.count} is too far off to be found beside what limits the rule; "
                "write an UNTIL instead, or schedule.count.",
                FIELD,
            )
        misses = 0 if chosen else misses + 1
        for at in chosen:
            if at >= start and at > after:
                yield at
        period += 1 if found else max(1, (_next_chance(rule, begin, zone) - begin) // step)


def _expands(rule: Rule) -> bool:
    """Whether a period is looked into for the minutes or seconds that the rule names, not just begun."""
    return bool(rule.minutes if rule.frequency is Frequency.HOURLY else rule.seconds)


def _into_period(local: datetime, length: int) -> int:
    """How many seconds a clock's hour or minute is old."""
    return (local.minute * 60 + local.second) % length


def _begin(origin: datetime, step: timedelta, period: int) -> datetime | None:
    return origin + step * period if step * period < LATEST - origin else None


def _candidates(rule: Rule, begin: datetime, length: int, zone: ZoneInfo) -> list[datetime]:
    """The instants of a period whose minute and second may be right."""
    if length == 1:
        return [begin]
    if not _may_hold(rule, begin, length, zone):
        return []
    minutes = sorted(rule.minutes) if length == 3600 else [0]
    wanted = {60 * minute + second for minute in minutes for second in rule.seconds}
    found = set()
    for local in {to_local(begin, zone), to_local(begin + (length - 1) * _SECOND, zone) - (length - 1) * _SECOND}:
        found |= {begin + (second - _into_period(local, length)) % length * _SECOND for second in wanted}
    return sorted(found)


def _may_hold(rule: Rule, begin: datetime, length: int, zone: ZoneInfo) -> bool:
    """Whether it is worthwhile to look into a period: not if all of it has the wrong hour, on a clock that stays."""
    if not rule.hours or not clocks_stay(begin, begin + length * _SECOND, zone):
        return True
    return not rule.hours.isdisjoint({to_local(begin, zone).hour, to_local(begin + (length - 1) * _SECOND, zone).hour})


def _is_in(rule: Rule, local: datetime) -> bool:
    return (
        (not rule.seconds or local.second in rule.seconds)
        and (not rule.minutes or local.minute in rule.minutes)
        and (not rule.hours or local.hour in rule.hours)
        and matches(rule, local)
    )


def _next_chance(rule: Rule, begin: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after a period in vain at which a part that was wrong may be right; one second later where
    clocks are set before it."""
    local = to_local(begin, zone)
    for seconds in _chances(rule, local):
        chance = begin + seconds * _SECOND
        if to_local(chance, zone) - local == seconds * _SECOND:
            return chance
    return begin + _SECOND


def _chances(rule: Rule, local: datetime) -> list[int]:
    """How many seconds on the largest part that is wrong may be right, on a clock that stays; then smaller steps, which
    lead up to where clocks are set."""
    into_hour = local.minute * 60 + local.second
    rest_of_hour, rest_of_day = 3600 - into_hour, (24 - local.hour) * 3600 - into_hour
    chances = []
    wrong = bool(rule.months) and local.month not in rule.months
    if wrong:
        chances.append(rest_of_day + 24 * 3600 * (calendar.monthrange(local.year, local.month)[1] - local.day))
    if wrong := wrong or not matches(rule, local):
        chances.append(rest_of_day)
    elif rule.hours and local.hour not in rule.hours:
        following = min((hour for hour in rule.hours if hour > local.hour), default=24)
        chances.append((following - local.hour) * 3600 - into_hour)
        wrong = True
    if wrong:
        chances.append(rest_of_hour)
    elif rule.minutes and local.minute not in rule.minutes:
        following = min((minute for minute in rule.minutes if minute > local.minute), default=60)
        chances.append((following - local.minute) * 60 - local.second)
        wrong = True
    if wrong:
        chances.append(60 - local.second)
    elif rule.seconds and local.second not in rule.seconds:
        following = min((second for second in rule.seconds if second > local.second), default=60)
        chances.append(following - local.second)
    return chances
