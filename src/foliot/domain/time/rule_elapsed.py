"""The instants of a rule that counts hours, minutes or seconds, which elapse whatever the clocks are set to.

A period is that much elapsed time, counted from the start; an instant of a period belongs to the rule if what the
zone's clocks show then passes each of its parts.
"""

import calendar
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from math import gcd
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import LATEST
from foliot.domain.time.resolve import clocks_stay, transition
from foliot.domain.time.rule import FIELD, Frequency, Rule
from foliot.domain.time.rule_days import at_positions, matches
from foliot.domain.time.zone import to_local

_SECOND: Final = timedelta(seconds=1)
_LENGTH: Final = {Frequency.HOURLY: 3600, Frequency.MINUTELY: 60, Frequency.SECONDLY: 1}
_DAY: Final = 24 * 3600
# A rule that misses so often, as every second hour at an odd hour in UTC, never matches.
_MOST_MISSES: Final = 10_000


def instants(
    rule: Rule, start: datetime, zone: ZoneInfo, after: datetime, most_tries: int | None = None
) -> Iterator[datetime]:
    """The instants of a completed rule at the instant `start` or later, and later than `after`, in order.

    Raises:
        InvalidSchedule: `most_tries` periods have been looked at.
    """
    step = rule.interval * _LENGTH[rule.frequency] * _SECOND
    length = _LENGTH[rule.frequency] if _expands(rule) else 1
    named = _named(rule, length)
    origin = start - _into_unit(to_local(start, zone), length) * _SECOND
    period = max(0, (after - origin) // step)
    misses, tries = 0, 0
    while misses < _MOST_MISSES and (begin := _begin(origin, step, period)) is not None:
        parts = [
            part for part in _parts(begin, length, named, zone) if part.seconds and _fits(rule, part.local, length)
        ]
        tries += 1
        if tries == most_tries:
            raise InvalidSchedule(
                f"{FIELD}: the last of COUNT={rule.count} is too far off to be found beside what limits the rule; "
                "write an UNTIL instead, or schedule.count.",
                FIELD,
            )
        misses += 1
        for at in _chosen(parts, rule.positions):
            misses = 0
            if at >= start and at > after:
                yield at
        period += 1 if parts else _leap(rule, begin, step, zone)


class _Part(NamedTuple):
    """What a period has in one hour (or minute) of the clocks: when that begins, what they show then, and which of its
    seconds the rule names."""

    begin: datetime
    local: datetime
    seconds: Sequence[int]


def _expands(rule: Rule) -> bool:
    """Whether a period is looked into for the minutes or seconds that the rule names, not just begun."""
    return bool(rule.minutes if rule.frequency is Frequency.HOURLY else rule.seconds)


def _named(rule: Rule, length: int) -> tuple[int, ...]:
    """Which seconds of an hour, or minute, a rule names."""
    if length == 1:
        return (0,)
    minutes = sorted(rule.minutes) if length == 3600 else [0]
    return tuple(60 * minute + second for minute in minutes for second in sorted(rule.seconds))


def _into_unit(local: datetime, length: int) -> int:
    """How many seconds a clock's hour or minute is old."""
    return (local.minute * 60 + local.second) % length


def _begin(origin: datetime, step: timedelta, period: int) -> datetime | None:
    return origin + step * period if step * period < LATEST - origin else None


def _parts(begin: datetime, length: int, named: tuple[int, ...], zone: ZoneInfo) -> Iterator[_Part]:
    """A period by the hours, or minutes, of the clocks: more than one if it began amid one, or clocks are set in it."""
    if length == 1:
        yield _Part(begin, to_local(begin, zone), named)
        return
    end = begin + length * _SECOND
    set_at = end if clocks_stay(begin, end, zone) else transition(begin, end, zone)
    for since, until in ((begin, set_at), (set_at, end)):
        at = since
        while at < until:
            local = to_local(at, zone)
            into = _into_unit(local, length)
            before = min(length, into + (until - at) // _SECOND)
            seconds = named[bisect_left(named, into) : bisect_left(named, before)]
            yield _Part(at - into * _SECOND, local, seconds)
            at += (before - into) * _SECOND


def _fits(rule: Rule, local: datetime, length: int) -> bool:
    """Whether what is longer than a second, or than the hour or minute that is looked into, is right."""
    return (
        (length > 1 or not rule.seconds or local.second in rule.seconds)
        and (length == 3600 or not rule.minutes or local.minute in rule.minutes)
        and (not rule.hours or local.hour in rule.hours)
        and matches(rule, local)
    )


def _chosen(parts: Sequence[_Part], positions: frozenset[int]) -> Iterator[datetime]:
    """The instants of a period that BYSETPOS names; all if it names none."""
    if not positions:
        yield from (part.begin + second * _SECOND for part in parts for second in part.seconds)
        return
    for place in at_positions(range(sum(len(part.seconds) for part in parts)), positions):
        yield _at_place(parts, place)


def _at_place(parts: Sequence[_Part], place: int) -> datetime:
    for part in parts:
        if place < len(part.seconds):
            break
        place -= len(part.seconds)
    return part.begin + part.seconds[place] * _SECOND


def _leap(rule: Rule, begin: datetime, step: timedelta, zone: ZoneInfo) -> int:
    """How many periods after one in vain the next may hold something."""
    local = to_local(begin, zone)
    chance = _next_chance(rule, begin, local, zone)
    if rule.frequency is Frequency.SECONDLY and rule.interval > 1:
        for most in (30 * _DAY, _DAY, 3600, 60):  # less where clocks are set by another time than whole hours
            seconds = _until_right(rule, local, max(1, -(-chance // rule.interval)), most)
            shown = to_local(begin + seconds * _SECOND, zone) - local
            if (shown // _SECOND - seconds) % 3600 == 0:
                return seconds // rule.interval
    return max(1, chance * _SECOND // step)


def _next_chance(rule: Rule, begin: datetime, local: datetime, zone: ZoneInfo) -> int:
    """How many seconds after a period in vain a part that was wrong may be right."""
    for seconds in _chances(rule, local):
        if seconds > 2 * _DAY:  # clocks were never set by more than a day
            return seconds - _DAY
        if to_local(begin + seconds * _SECOND, zone) - local == seconds * _SECOND:
            return seconds
    return 1


def _until_right(rule: Rule, local: datetime, periods: int, most_seconds: int) -> int:
    """How many seconds it is to the first period, of those so many on or later, with a minute and second that the rule
    names; at most so many. For clocks that stay, or are set by whole hours."""
    stride, into_hour = rule.interval % 3600, local.minute * 60 + local.second
    ways = _ways(rule.minutes, rule.seconds, stride, into_hour % gcd(stride, 3600))
    most = max(periods, most_seconds // rule.interval)
    further = ways[(into_hour + periods * stride) % 3600] if ways else most
    return min(periods + further, most) * rule.interval


@lru_cache(maxsize=64)
def _ways(minutes: frozenset[int], seconds: frozenset[int], stride: int, phase: int) -> dict[int, int]:
    """For each second of an hour that a stride leads to, how many strides it is to one with a right minute and second;
    empty if there is none."""
    circle = [(phase + place * stride) % 3600 for place in range(3600 // gcd(stride, 3600))]
    right = [(not minutes or at // 60 in minutes) and (not seconds or at % 60 in seconds) for at in circle]
    if not any(right):
        return {}
    ways: dict[int, int] = {}
    further = right.index(True) + 1
    for at, is_right in zip(reversed(circle), reversed(right), strict=True):
        further = 0 if is_right else further
        ways[at] = further
        further += 1
    return ways


def _chances(rule: Rule, local: datetime) -> list[int]:
    """How many seconds on the largest part that is wrong may be right, on a clock that stays; then smaller steps, which
    lead up to where clocks are set."""
    into_hour = local.minute * 60 + local.second
    rest_of_hour, rest_of_day = 3600 - into_hour, (24 - local.hour) * 3600 - into_hour
    chances = []
    wrong = bool(rule.months) and local.month not in rule.months
    if wrong:
        chances.append(rest_of_day + _DAY * (calendar.monthrange(local.year, local.month)[1] - local.day))
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
