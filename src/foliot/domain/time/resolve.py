"""Wall times become instants: none, one or two for each, by the zone's rules and a policy for gaps and folds.

A gap is what clocks leap over (02:00 to 03:00 on a spring morning), a fold is what they show twice.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from foliot.domain.instant import LATEST
from foliot.domain.time.zone import as_utc, offset_at

Gap = Literal["next_valid", "shift", "skip"]
Fold = Literal["first", "second", "both"]
DecisionKind = Literal["gap_next_valid", "gap_shifted", "gap_skipped", "fold_first", "fold_second"]

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
# Clocks were never set by more than a day (Apia 2011), nor twice within half a day.
_NEARBY: Final = tuple(timedelta(hours=hours) for hours in (-25, -12, 12, 25))
# A wall time from here on is later than all instants that are looked at.
_BEYOND: Final = LATEST.replace(tzinfo=None) + timedelta(days=2)
# A rule that names each second of a gap would tell of thousands.
_MOST_TOLD: Final = 60


class Decision(msgspec.Struct, frozen=True):
    """What was decided about a wall time (naive) that clocks never or twice show."""

    kind: DecisionKind
    wall: datetime


class Planned(msgspec.Struct, frozen=True):
    """An occurrence: its instant in UTC, what the clocks of the schedule's zone show then, and why it is there.

    A wall time that was skipped is told by the next occurrence.
    """

    at: datetime
    local: datetime
    decisions: tuple[Decision, ...] = ()


class Policy(NamedTuple):
    """`gap`: `next_valid` runs at the first whole minute after it (02:30 at 03:00), `shift` keeps the distance (03:30),
    `skip` doesn't run. `fold`: which of the two.
    """

    gap: Gap
    fold: Fold


class Wall(NamedTuple):
    """A naive wall time of a series, with the last instant at which it may still happen."""

    time: datetime
    latest: datetime = LATEST


class Resolved(NamedTuple):
    """What a wall time stands for. Later wall times resolve to `floor` or later; `skipped` if there's no instant."""

    floor: datetime
    instants: tuple[tuple[datetime, Decision | None], ...]
    skipped: Decision | None = None

    @property
    def plain(self) -> bool:
        return len(self.instants) == 1 and self.instants[0][1] is None


def resolve(wall: datetime, zone: ZoneInfo, policy: Policy) -> Resolved:
    """The instants of a naive wall time, in order."""
    before, after = _offsets(wall, zone)
    first = as_utc(wall - before)
    if before == after:
        return Resolved(first, ((first, None),))
    if before < after:
        return _in_gap(wall, zone, policy, first, as_utc(wall - after))
    second = as_utc(wall - after)
    chosen = []
    if policy.fold != "second":
        chosen.append((first, Decision("fold_first", wall)))
    if policy.fold != "first":
        chosen.append((second, Decision("fold_second", wall)))
    return Resolved(first, tuple(chosen))


def occurrences(walls: Iterable[Wall], zone: ZoneInfo, policy: Policy, after: datetime) -> Iterator[Planned]:
    """The occurrences later than `after` of wall times that ascend, strictly increasing and without duplicates.

    Wall times in order are not instants in order: 02:30 shifted to 03:30 comes after 03:00, and the second 01:00 after
    the first 01:30. So what is out of the ordinary waits until no later wall time can come before it.
    """
    waiting: list[tuple[datetime, int, Decision | None]] = []
    skipped: list[tuple[datetime, Decision]] = []
    last = after
    for order, (wall, latest) in enumerate(walls):
        if wall > _BEYOND:
            break
        resolved = resolve(wall, zone, policy)
        while waiting and waiting[0][0] < resolved.floor:
            at = waiting[0][0]
            decisions = _taken(waiting, at)
            if at > last:
                yield _planned(at, zone, _told_by(skipped, last, at) + decisions)
                last = at
        if resolved.skipped is not None and resolved.floor <= latest:
            skipped.append((resolved.floor, resolved.skipped))
        for at, decision in resolved.instants:
            if last < at <= latest:
                heapq.heappush(waiting, (at, order, decision))
        if resolved.plain and len(waiting) == 1 and waiting[0][0] == resolved.floor:
            at = waiting.pop()[0]
            yield _planned(at, zone, _told_by(skipped, last, at))
            last = at
    while waiting:
        at = waiting[0][0]
        decisions = _taken(waiting, at)
        if at > last:
            yield _planned(at, zone, _told_by(skipped, last, at) + decisions)
            last = at


def earliest_wall(after: datetime, zone: ZoneInfo) -> datetime:
    """A naive wall time such that none up to it can happen later than the instant `after`: what clocks show then, or
    earlier if they are set near it, by more than its distance."""
    offset = offset_at(after, zone)
    offsets = [offset, *(offset_at(after + near, zone) for near in _NEARBY)]
    size = max(offsets) - min(offsets)
    if size:
        reach = size + _MINUTE
        if not offset_at(after - reach, zone) == offset == offset_at(after + reach, zone):
            return after.replace(tzinfo=None) + min(offsets) - _MINUTE
    return after.replace(tzinfo=None) + offset


def clocks_stay(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether no clock of the zone is set from `start` to `end`, which are less than half a day apart."""
    return offset_at(start, zone) == offset_at(end, zone)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """The offsets that hold for a wall time before and after a transition; the same where there is none."""
    before = wall.replace(tzinfo=zone, fold=0).utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    return before, after


def _in_gap(wall: datetime, zone: ZoneInfo, policy: Policy, shifted: datetime, outside: datetime) -> Resolved:
    end = transition(outside, shifted, zone)
    if policy.gap == "skip":
        return Resolved(end, (), Decision("gap_skipped", wall))
    if policy.gap == "shift":
        return Resolved(end, ((shifted, Decision("gap_shifted", wall)),))
    # Monrovia leapt from 00:00 to 00:44:30 in 1972; schedules without seconds stay on whole minutes.
    beyond = timedelta(seconds=(end + offset_at(end, zone)).second)
    valid = end + (_MINUTE - beyond if beyond else beyond)
    return Resolved(end, ((valid, Decision("gap_next_valid", wall)),))


def transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new offset, where clocks are set once in (`before`, `after`], both in whole seconds."""
    old = offset_at(before, zone)
    seconds = (after - before) // _SECOND
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _taken(waiting: list[tuple[datetime, int, Decision | None]], at: datetime) -> tuple[Decision, ...]:
    """Takes all that wait for `at`, and says what was decided about them."""
    decisions = []
    while waiting and waiting[0][0] == at:
        decision = heapq.heappop(waiting)[2]
        if decision is not None:
            decisions.append(decision)
    return tuple(decisions)


def _told_by(skipped: list[tuple[datetime, Decision]], last: datetime, at: datetime) -> tuple[Decision, ...]:
    """The decisions to skip, of which the occurrence at `at` tells since it is the first one after them."""
    if not skipped:
        return ()
    told = tuple(decision for when, decision in skipped if last < when <= at)
    skipped[:] = [each for each in skipped if each[0] > at]
    return told


def _planned(at: datetime, zone: ZoneInfo, decisions: tuple[Decision, ...]) -> Planned:
    return Planned(at, at.astimezone(zone), decisions[:_MOST_TOLD])
