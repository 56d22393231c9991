"""What recurring schedules share: where a series begins and ends, how much of it there may be, and what excludes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import EPOCH, LATEST
from foliot.domain.time.resolve import Planned

MOST_OCCURRENCES: Final = 1_000_000_000
LONGEST_JITTER_SECONDS: Final = 24 * 3600.0
MOST_CALENDARS: Final = 10
_TICK: Final = timedelta(microseconds=1)


class Series(msgspec.Struct, frozen=True):
    """A schedule that is walked: one that tells, with `_later_than`, what comes after an instant if nobody counts, and
    that has at most `count` occurrences."""

    if TYPE_CHECKING:

        @property
        def count(self) -> int | None: ...

    @property
    def recurs(self) -> bool:
        return True

    def first(self, now: datetime) -> datetime:
        """The first instant at `now` or later for a job that is created at `now`.

        Raises:
            InvalidSchedule: the schedule has ended by then.
        """
        return the_first(self.occurrences(now))

    def after(self, planned: datetime, count: int) -> datetime | None:
        following = self.occurrence_after(planned, count)
        return None if following is None else following.at

    def occurrence_after(self, planned: datetime, count: int) -> Planned | None:
        """The occurrence after a planned instant, of which `count` have been so far; none if it was the last."""
        return next(self.following(planned, count), None)

    def following(self, planned: datetime, count: int) -> Iterator[Planned]:
        """The occurrences after a planned instant, of which `count` have been so far."""
        return at_most(self._later_than(planned), None if self.count is None else max(0, self.count - count))

    def occurrences(self, start: datetime) -> Iterator[Planned]:
        """The occurrences of a job that is created at `start`."""
        return at_most(self._later_than(just_before(start)), self.count)

    def _later_than(self, after: datetime) -> Iterator[Planned]:
        raise NotImplementedError


def check_count(count: int | None) -> None:
    if count is not None and not 1 <= count <= MOST_OCCURRENCES:
        raise InvalidSchedule(f"schedule.count must be from 1 to {MOST_OCCURRENCES:,}.", "schedule.count")


def check_jitter(seconds: float) -> None:
    if not 0 <= seconds <= LONGEST_JITTER_SECONDS:
        raise InvalidSchedule(
            "schedule.jitter_seconds must be from 0 to 86,400, which is a day.", "schedule.jitter_seconds"
        )


def check_exclude(names: tuple[str, ...]) -> None:
    if len(names) > MOST_CALENDARS:
        raise InvalidSchedule(
            f"schedule.exclude names {len(names)} calendars, {MOST_CALENDARS} are allowed; one calendar may hold the "
            "dates of several.",
            "schedule.exclude",
        )
    if len(set(names)) < len(names):
        raise InvalidSchedule("schedule.exclude names a calendar twice.", "schedule.exclude")


def just_before(at: datetime) -> datetime:
    """So that what is later than the answer is at `at` or later; never before 1970."""
    return max(at, EPOCH) - _TICK


def until_end(series: Iterator[Planned], end: datetime | None) -> Iterator[Planned]:
    last = LATEST - _TICK if end is None else end
    for planned in series:
        if planned.at > last:
            return
        yield planned


def at_most(series: Iterator[Planned], count: int | None) -> Iterator[Planned]:
    return series if count is None else islice(series, count)


def the_first(series: Iterator[Planned]) -> datetime:
    """The first instant of a series.

    Raises:
        InvalidSchedule: it has ended.
    """
    first = next(series, None)
    if first is None:
        raise InvalidSchedule("schedule.end lies before the first occurrence; nothing would ever run.", "schedule.end")
    return first.at
