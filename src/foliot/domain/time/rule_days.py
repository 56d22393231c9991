"""The naive wall times of a rule that goes by the calendar, yearly to daily.

Each period of a rule (its year, month, week or day) stands for itself: what it holds does not depend on the periods
before it. So a rule is entered near the instant from which one asks, however long ago it started, and a rule that can
never match has been tried on every period until the last year of time.
"""

import calendar
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import repeat
from typing import Final, TypeVar

from foliot.domain.instant import LATEST
from foliot.domain.time.rule import Frequency, Rule

_Moment = TypeVar("_Moment")
_LAST_DAY: Final = LATEST.toordinal()


def wall_times(rule: Rule, start: datetime, after: datetime, *, month_ends: bool = False) -> Iterator[datetime]:
    """The wall times of a completed rule at `start` or later, and later than `after`, in order.

    With `month_ends`, a day that a month doesn't have is its last. UNTIL and COUNT are not looked at.
    """
    times = _Times(rule)
    begin = max(start, after)
    for days in _periods(rule, start, _period_of(rule, start, begin)):
        found = [day for day in days if matches(rule, day, month_ends)]
        if rule.positions:
            # By arithmetic: a year may have 31 million seconds.
            places = map(divmod, at_positions(range(len(found) * len(times)), rule.positions), repeat(len(times)))
            walls = (datetime.combine(found[day], times[at]) for day, at in places)
        else:
            walls = (
                datetime.combine(day, at)
                for day in found
                if day >= begin.date()
                for at in times.since(begin.time() if day == begin.date() else time())
            )
        for wall in walls:
            if wall >= start and wall > after:
                yield wall


class _Times:
    """The times of day that a rule names, in order; not all are made at once, as there may be 86,400."""

    def __init__(self, rule: Rule) -> None:
        self._hours, self._minutes, self._seconds = sorted(rule.hours), sorted(rule.minutes), sorted(rule.seconds)

    def __len__(self) -> int:
        return len(self._hours) * len(self._minutes) * len(self._seconds)

    def __getitem__(self, place: int) -> time:
        place, second = divmod(place, len(self._seconds))
        hour, minute = divmod(place, len(self._minutes))
        return time(self._hours[hour], self._minutes[minute], self._seconds[second])

    def since(self, earliest: time) -> Iterator[time]:
        """Those at a time of day or later."""
        for hour in self._hours[bisect_left(self._hours, earliest.hour) :]:
            first = earliest.minute if hour == earliest.hour else 0
            for minute in self._minutes[bisect_left(self._minutes, first) :]:
                for second in self._seconds:
                    if (at := time(hour, minute, second)) >= earliest:
                        yield at


def matches(rule: Rule, day: date, month_ends: bool = False) -> bool:
    """Whether a day passes every part of the rule that speaks of days."""
    if rule.months and day.month not in rule.months:
        return False
    if (rule.week_days or rule.ordinal_days) and not (
        day.weekday() in rule.week_days or (rule.ordinal_days and _is_ordinal(rule, day))
    ):
        return False
    if rule.month_days and not _is_month_day(rule.month_days, day, month_ends):
        return False
    if rule.year_days and not _is_year_day(rule.year_days, day):
        return False
    return not rule.weeks or not rule.weeks.isdisjoint(_week_numbers(day, rule.week_start))


def at_positions(found: Sequence[_Moment], positions: frozenset[int]) -> Sequence[_Moment]:
    """Those of an ordered set that BYSETPOS names, in order; all if it names none."""
    if not positions:
        return found
    size = len(found)
    chosen = {position - 1 if position > 0 else size + position for position in positions}
    return [found[index] for index in sorted(chosen) if 0 <= index < size]


def _period_of(rule: Rule, start: datetime, wall: datetime) -> int:
    """The number, from the one of the start, of the last period of a rule that begins at `wall` or before."""
    match rule.frequency:
        case Frequency.YEARLY:
            passed = wall.year - start.year
        case Frequency.MONTHLY:
            passed = (wall.year - start.year) * 12 + wall.month - start.month
        case Frequency.WEEKLY:
            passed = (wall.toordinal() - _week_of(start, rule.week_start)) // 7
        case _:
            passed = wall.toordinal() - start.toordinal()
    return passed // rule.interval


def _span(rule: Rule, start: datetime, period: int) -> tuple[int, int] | None:
    """The first and the last day of a period, as ordinals, or none if it begins beyond the last year."""
    passed = period * rule.interval
    if passed >= _LAST_DAY:
        return None
    match rule.frequency:
        case Frequency.YEARLY:
            first = date(start.year + passed, 1, 1).toordinal() if start.year + passed <= LATEST.year else _LAST_DAY
            last = first + 364 + calendar.isleap(start.year + passed)
        case Frequency.MONTHLY:
            years, month = divmod(start.month - 1 + passed, 12)
            if start.year + years > LATEST.year:
                return None
            first, last = _month(start.year + years, month + 1)
        case Frequency.WEEKLY:
            first = _week_of(start, rule.week_start) + 7 * passed
            last = first + 6
        case _:
            first = last = start.toordinal() + passed
    return (first, last) if first < _LAST_DAY else None


def _periods(rule: Rule, start: datetime, period: int) -> Iterator[list[date]]:
    """The days of a period and of those after it; of years and days only such as have the right month."""
    while (span := _span(rule, start, period)) is not None:
        first, last = date.fromordinal(span[0]), span[1]
        period += 1
        if rule.months and rule.frequency is Frequency.YEARLY:
            months = (_month(first.year, month) for month in sorted(rule.months))
            yield [date.fromordinal(day) for begin, end in months for day in range(begin, end + 1)]
        elif rule.months and rule.frequency is not Frequency.WEEKLY and first.month not in rule.months:
            month = datetime(first.year + first.month // 12, first.month % 12 + 1, 1)  # noqa: DTZ001 - a wall time
            period = max(period, _period_of(rule, start, month))
        else:
            yield [date.fromordinal(day) for day in range(span[0], last + 1)]


def _month(year: int, month: int) -> tuple[int, int]:
    """The first and the last day of a month, as ordinals."""
    first = date(year, month, 1).toordinal()
    return first, first + calendar.monthrange(year, month)[1] - 1


def _week_of(day: date, week_start: int) -> int:
    """The ordinal of the first day of the week that a day is in."""
    return day.toordinal() - (day.weekday() - week_start) % 7


def _is_ordinal(rule: Rule, day: date) -> bool:
    """Whether a day is the n-th, or the n-th from the end, of its weekday in its month, or year."""
    weekday = day.weekday()
    if all(weekday != each for _, each in rule.ordinal_days):
        return False
    if rule.frequency is Frequency.MONTHLY or rule.months:
        place, size = day.day, calendar.monthrange(day.year, day.month)[1]
    else:
        place, size = day.timetuple().tm_yday, 365 + calendar.isleap(day.year)
    from_start, from_end = (place - 1) // 7 + 1, -((size - place) // 7 + 1)
    return (from_start, weekday) in rule.ordinal_days or (from_end, weekday) in rule.ordinal_days


def _is_month_day(wanted: frozenset[int], day: date, month_ends: bool) -> bool:
    if day.day in wanted:
        return True
    size = calendar.monthrange(day.year, day.month)[1]
    return day.day - size - 1 in wanted or (month_ends and day.day == size and any(each > size for each in wanted))


def _is_year_day(wanted: frozenset[int], day: date) -> bool:
    place = day.timetuple().tm_yday
    return place in wanted or place - 366 - calendar.isleap(day.year) in wanted


def _week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """The number of a day's week, from the start and from the end of the year that most of the week is in."""
    week = _week_of(day, week_start)
    year = date.fromordinal(week + 3).year
    first, beyond = _week_of(date(year, 1, 4), week_start), _week_of(date(year + 1, 1, 4), week_start)
    return (week - first) // 7 + 1, (week - beyond) // 7
