"""What becomes of the occurrences that came due while nobody planned: run, run late, merged or skipped; never lost.

Work is bounded. An interval is counted by arithmetic. A cron line or a rule is walked for its first ten thousand missed
occurrences; beyond those the newest are found from the other end, and the count says that it is a least one. A rule
finds each with a few looks at the clocks, and some for each day without one, however awkward it is.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final, Literal, NamedTuple

import msgspec

from foliot.domain.errors import InvalidPolicy
from foliot.domain.time.every import Every
from foliot.domain.time.excluding import Excluding
from foliot.domain.time.kinds import Schedule
from foliot.domain.time.resolve import Decision, Planned

Fate = Literal["run", "late", "merged", "skipped", "backfilled"]

MOST_WALKED: Final = 10_000
MOST_COUNTED: Final = 100_000
MOST_LISTED: Final = 1_000
# A run that is planned within this is on time: it is what a look at the clock and a write take.
PUNCTUAL: Final = timedelta(seconds=1)
_LONGEST_SECONDS: Final = 366 * 24 * 3600.0


class Coalesce(msgspec.Struct, frozen=True, tag_field="kind", tag="coalesce", forbid_unknown_fields=True):
    """One run for all that was missed, with the earliest planned instant, so that its lateness is told truly."""

    def checked(self) -> "Coalesce":
        return self


class Skip(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="skip", forbid_unknown_fields=True):
    """None of what was missed runs, but the newest occurrence if it is not older than `grace_seconds`."""

    grace_seconds: float = 60.0

    def checked(self) -> "Skip":
        """This policy, if it can be followed.

        Raises:
            InvalidPolicy: naming the member that is out of range.
        """
        _check_seconds(self.grace_seconds, "misfire.grace_seconds")
        return self


class CatchUp(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="catch_up", forbid_unknown_fields=True):
    """Each that was missed runs, oldest first, `stagger_seconds` apart: at most the newest `limit`, and none that is
    older than `grace_seconds`."""

    limit: int = 100
    stagger_seconds: float = 1.0
    grace_seconds: float = 24 * 3600.0

    def checked(self) -> "CatchUp":
        """This policy, if it can be followed.

        Raises:
            InvalidPolicy: naming the member that is out of range.
        """
        if not 1 <= self.limit <= MOST_LISTED:
            raise InvalidPolicy(f"misfire.limit must be from 1 to {MOST_LISTED:,}.", "misfire.limit")
        _check_seconds(self.stagger_seconds, "misfire.stagger_seconds")
        _check_seconds(self.grace_seconds, "misfire.grace_seconds")
        return self


MisfirePolicy = Coalesce | Skip | CatchUp


class Fated(msgspec.Struct, frozen=True):
    """An occurrence that came due, what becomes of it, and when its run is due, if it has one."""

    planned: datetime
    fate: Fate
    due: datetime | None = None
    decisions: tuple[Decision, ...] = ()


class Settlement(msgspec.Struct, frozen=True):
    """What becomes of all that came due.

    `listed` are the occurrences that run and the newest of the others, in order; `counts` counts all, and is a least
    one if not `exact`. `count` is how many the schedule has had by then, `following` the next instant after now, and
    `decided` what was decided about that.
    """

    listed: tuple[Fated, ...]
    counts: dict[Fate, int]
    count: int
    following: datetime | None
    exact: bool = True
    decided: tuple[Decision, ...] = ()


class Due(msgspec.Struct, frozen=True):
    """What a look at a schedule at some instant finds: the occurrence to run, how many it stands for, and the next."""

    planned: datetime
    merged: int
    count: int
    following: datetime | None
    decided: tuple[Decision, ...] = ()


class _Missed(NamedTuple):
    """What lies after a planned instant and not after now: how many, whether that is all, and the newest of them."""

    passed: int
    exact: bool
    newest: Sequence[Planned]
    following: Planned | None

    @property
    def next_at(self) -> datetime | None:
        return None if self.following is None else self.following.at

    @property
    def decided(self) -> tuple[Decision, ...]:
        return () if self.following is None else self.following.decisions


def coalesce(schedule: Schedule | Excluding, planned: datetime, count: int, now: datetime) -> Due:
    """Fold all occurrences from `planned` (the `count`-th) up to `now` into one run, the misfire policy `coalesce`.

    The run keeps the earliest planned instant. An interval is jumped over by arithmetic: a second's interval that slept
    for a year costs no more than one that slept for a second.
    """
    missed = _missed(schedule, planned, count, now, 0)
    return Due(planned, missed.passed, count + missed.passed, missed.next_at, missed.decided)


def settle(
    schedule: Schedule | Excluding,
    planned: datetime,
    count: int,
    now: datetime,
    policy: MisfirePolicy,
    decided: tuple[Decision, ...] = (),
) -> Settlement:
    """What becomes of the occurrences from `planned` (the `count`-th) up to `now`, and which is the next.

    `decided` is what was decided about the wall time of `planned`.
    """
    if now < planned:
        return Settlement((), {}, count - 1, planned, decided=decided)
    missed = _missed(schedule, planned, count, now, MOST_LISTED)
    listed = [Planned(planned, planned, decided), *missed.newest]
    fated = _fates(policy, listed, now)
    counts: Counter[Fate] = Counter(each.fate for each in fated)
    others: Fate = "merged" if isinstance(policy, Coalesce) else "skipped"
    counts[others] += missed.passed + 1 - len(fated)
    return Settlement(
        tuple(fated),
        {fate: n for fate, n in counts.items() if n},
        count + missed.passed,
        missed.next_at,
        missed.exact,
        missed.decided,
    )


def _fates(policy: MisfirePolicy, listed: list[Planned], now: datetime) -> list[Fated]:
    match policy:
        case Coalesce():
            return [_running(listed[0], now, now), *(_resting(each, "merged") for each in listed[1:])]
        case Skip(grace_seconds=grace):
            return _one_runs(listed, now, timedelta(seconds=grace))
        case CatchUp():
            return _each_runs(listed, now, policy)


def _one_runs(listed: list[Planned], now: datetime, grace: timedelta) -> list[Fated]:
    fated = [_resting(each, "skipped") for each in listed]
    if now - listed[-1].at <= grace:
        fated[-1] = _running(listed[-1], now, now)
    return fated


def _each_runs(listed: list[Planned], now: datetime, policy: CatchUp) -> list[Fated]:
    grace, stagger = timedelta(seconds=policy.grace_seconds), timedelta(seconds=policy.stagger_seconds)
    running = [each for each in listed if now - each.at <= grace][-policy.limit :]
    resting = listed[: len(listed) - len(running)]
    return [
        *(_resting(each, "skipped") for each in resting),
        *(_running(each, now, now + stagger * place) for place, each in enumerate(running)),
    ]


def _running(planned: Planned, now: datetime, due: datetime) -> Fated:
    fate: Fate = "run" if now - planned.at <= PUNCTUAL else "late"
    return Fated(planned.at, fate, due, planned.decisions)


def _resting(planned: Planned, fate: Fate) -> Fated:
    return Fated(planned.at, fate, None, planned.decisions)


def _missed(schedule: Schedule | Excluding, planned: datetime, count: int, now: datetime, listed: int) -> _Missed:
    if now <= planned:
        return _Missed(0, True, (), schedule.occurrence_after(planned, count))
    if isinstance(schedule, Every):
        return _missed_intervals(schedule, planned, count, now, listed)
    walked: list[Planned] = []
    most = MOST_WALKED if getattr(schedule, "count", None) is None else MOST_COUNTED
    for occurrence in schedule.following(planned, count):
        if occurrence.at > now:
            return _Missed(len(walked), True, walked[-listed:] if listed else (), occurrence)
        if len(walked) == most:
            newest = _newest(schedule, planned, now, listed)
            return _Missed(most, False, newest, schedule.occurrence_after(now, count + most))
        walked.append(occurrence)
    return _Missed(len(walked), True, walked[-listed:] if listed else (), None)


def _missed_intervals(schedule: Every, planned: datetime, count: int, now: datetime, listed: int) -> _Missed:
    passed, step = schedule.passed(planned, count, now), timedelta(seconds=schedule.seconds)
    instants = [planned + step * place for place in range(max(0, passed - listed) + 1, passed + 1)]
    following = schedule.occurrence_after(planned + step * passed, count + passed)
    return _Missed(passed, True, [Planned(at, at) for at in instants], following)


def _newest(schedule: Schedule | Excluding, planned: datetime, now: datetime, wanted: int) -> Sequence[Planned]:
    """The newest occurrences until now, looked for in a window that doubles until it holds so many."""
    if not wanted:
        return ()
    window = timedelta(seconds=wanted)
    while True:
        since = max(planned, now - window)
        found = list(islice(takewhile(lambda each: each.at <= now, schedule.following(since, 0)), MOST_WALKED))
        if len(found) >= wanted or since == planned:
            return found[-wanted:]
        window *= 2


def _check_seconds(seconds: float, field: str) -> None:
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise InvalidPolicy(f"{field} must be from 0 to {_LONGEST_SECONDS:,.0f}, which is a year.", field)
