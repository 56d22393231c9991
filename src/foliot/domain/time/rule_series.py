"""The occurrences of a recurrence rule with its added and excluded dates, entered wherever one asks."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from foliot.domain.instant import EPOCH, LATEST
from foliot.domain.time.resolve import Planned, Policy, Wall, earliest_wall, occurrences, resolve
from foliot.domain.time.rule import Frequency, Rule
from foliot.domain.time.rule_days import wall_times
from foliot.domain.time.rule_elapsed import instants
from foliot.domain.time.series import just_before
from foliot.domain.time.zone import to_local

# A tenth of a second's work.
_MOST_TRIES: Final = 15_000
_BEFORE_ALL: Final = datetime(1, 1, 1)  # noqa: DTZ001 - a wall time
_AFTER_ALL: Final = datetime(9999, 1, 1)  # noqa: DTZ001 - a wall time
_ALL_SECONDS: Final = (LATEST - EPOCH).total_seconds()
_SECONDS: Final = {Frequency.HOURLY: 3600, Frequency.MINUTELY: 60, Frequency.SECONDLY: 1}


class RuleSeries:
    """A rule made ready to be walked: completed from its start, its dates sorted, its COUNT turned into a last time.

    `added` and `excluded` are naive where they are wall times, else instants. COUNT and UNTIL bound the rule and not
    what is added.
    """

    def __init__(
        self,
        *,
        rule: Rule | None,
        start: datetime,
        zone: ZoneInfo,
        policy: Policy,
        month_ends: bool,
        added: Iterable[datetime],
        excluded: Iterable[datetime],
    ) -> None:
        self._start: Final = start
        self._zone: Final = zone
        self._policy: Final = policy
        self._month_ends: Final = month_ends
        added = set(added)
        self._added_walls: Final = sorted(each for each in added if each.tzinfo is None)
        self._added_instants: Final = sorted(each for each in added if each.tzinfo is not None)
        self._excluded: Final = frozenset(excluded)
        self._days: Final = None if rule is None or rule.elapses else rule.completed(start)
        self._elapsed: Final = rule.completed(start) if rule is not None and rule.elapses else None
        self._last_wall = _AFTER_ALL
        self._latest = LATEST
        if rule is not None:
            self._bound(rule)

    def later_than(self, after: datetime) -> Iterator[Planned]:
        """The occurrences later than an instant."""
        parts = [self._by_walls(after)]
        if self._added_instants:
            parts.append(map(self._exact, (at for at in self._added_instants if at > after)))
        if self._elapsed is not None:
            parts.append(map(self._exact, self._by_instants(self._elapsed, after)))
        last = after
        for planned in merge(*parts, key=_at) if len(parts) > 1 else parts[0]:
            if planned.at > last and planned.at not in self._excluded:
                last = planned.at
                yield planned

    def _by_walls(self, after: datetime) -> Iterator[Planned]:
        earliest = earliest_wall(after, self._zone)
        walls: Iterator[Wall] = (Wall(time) for time in self._added_walls if time > earliest)
        if self._days is not None:
            times = wall_times(self._days, self._start, earliest, month_ends=self._month_ends)
            ruled = (Wall(time, self._latest) for time in takewhile(self._is_not_over, times))
            walls = merge(ruled, walls) if self._added_walls else ruled
        if self._excluded:
            walls = (wall for wall in walls if wall.time not in self._excluded)
        return occurrences(walls, self._zone, self._policy, after)

    def _by_instants(self, rule: Rule, after: datetime) -> Iterator[datetime]:
        for at in instants(rule, self._first_instant(), self._zone, after):
            if at > self._latest:
                return
            if not self._excluded or to_local(at, self._zone) not in self._excluded:
                yield at

    def _is_not_over(self, time: datetime) -> bool:
        return time <= self._last_wall and resolve(time, self._zone, self._policy).floor <= self._latest

    def _first_instant(self) -> datetime:
        return resolve(self._start, self._zone, self._policy).instants[0][0]

    def _exact(self, at: datetime) -> Planned:
        return Planned(at, at.astimezone(self._zone))

    def _bound(self, rule: Rule) -> None:
        """Turns UNTIL and COUNT into the last wall time and instant."""
        if rule.until is not None and rule.until.tzinfo is not None:
            self._latest = rule.until
        elif rule.until is not None and self._elapsed is None:
            self._last_wall = rule.until
        elif rule.until is not None:
            self._latest = resolve(rule.until, self._zone, Policy("next_valid", "second")).instants[0][0]
        elif rule.count is not None and self._days is not None:
            times = wall_times(self._days, self._start, _BEFORE_ALL, month_ends=self._month_ends)
            # RFC 5545 §3.3.10: a time that the clocks don't show, where it is ignored, is not counted either.
            counted = times if self._policy.gap != "skip" else filter(self._happens, times)
            self._last_wall = next(islice(counted, rule.count - 1, None), _AFTER_ALL)
        elif rule.count is not None:
            self._latest = self._instant_number(rule, rule.count)

    def _happens(self, time: datetime) -> bool:
        return bool(resolve(time, self._zone, self._policy).instants)

    def _instant_number(self, rule: Rule, number: int) -> datetime:
        """The n-th instant of a rule that elapses; by arithmetic if nothing but time limits it."""
        first = self._first_instant()
        if rule == Rule(frequency=rule.frequency, interval=rule.interval, count=number, week_start=rule.week_start):
            seconds = (number - 1) * rule.interval * _SECONDS[rule.frequency]
            return first + timedelta(seconds=seconds) if seconds < _ALL_SECONDS else LATEST
        assert self._elapsed is not None
        series = instants(self._elapsed, first, self._zone, just_before(first), _MOST_TRIES)
        return next(islice(series, number - 1, None), LATEST)


def _at(planned: Planned) -> datetime:
    return planned.at
