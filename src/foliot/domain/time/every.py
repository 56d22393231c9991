"""Every so many seconds of elapsed time."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import LATEST, as_instant
from foliot.domain.time.at import Instant
from foliot.domain.time.resolve import Planned
from foliot.domain.time.series import at_most, check_count, check_exclude, check_jitter

SHORTEST_INTERVAL_SECONDS: Final = 1.0


class Every(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="every", forbid_unknown_fields=True):
    """Every so many seconds of elapsed time, counted from `start` (from the job's creation when left out).

    `end` is the last instant allowed, `count` the most occurrences, `jitter_seconds` the most by which a run is due
    later than planned. `exclude` names calendars on whose dates, in UTC, nothing runs.
    """

    seconds: float
    start: Instant | None = None
    end: Instant | None = None
    count: int | None = None
    jitter_seconds: float = 0.0
    exclude: tuple[str, ...] = ()

    @property
    def recurs(self) -> bool:
        return True

    def checked(self) -> "Every":
        """The same in UTC.

        Raises:
            InvalidSchedule: an interval below one second, a count below one, a jitter above a day, too many calendars,
                or an end before the start.
            InvalidTime: an instant has no offset or is absurd.
        """
        if not SHORTEST_INTERVAL_SECONDS <= self.seconds <= (LATEST - LATEST.replace(year=1970)).total_seconds():
            raise InvalidSchedule(
                "schedule.seconds must be at least 1 and less than two centuries.", "schedule.seconds"
            )
        check_count(self.count)
        check_jitter(self.jitter_seconds)
        check_exclude(self.exclude)
        start = None if self.start is None else as_instant(self.start, "schedule.start")
        end = None if self.end is None else as_instant(self.end, "schedule.end")
        if start is not None and end is not None and end < start:
            raise InvalidSchedule("schedule.end lies before schedule.start.", "schedule.end")
        return msgspec.structs.replace(self, start=start, end=end)

    def first(self, now: datetime) -> datetime:
        """The first instant for a job that is created at `now`: an anchor that has passed counts on from there.

        Raises:
            InvalidSchedule: the schedule has ended by then.
        """
        first = self._from(now)
        if first is None:
            raise InvalidSchedule(
                "schedule.end lies before the first occurrence; nothing would ever run.", "schedule.end"
            )
        return first

    def after(self, planned: datetime, count: int) -> datetime | None:
        if self.count is not None and count >= self.count:
            return None
        return self._bounded(planned + timedelta(seconds=self.seconds))

    def occurrence_after(self, planned: datetime, count: int) -> Planned | None:
        return next(self.following(planned, count), None)

    def following(self, planned: datetime, count: int) -> Iterator[Planned]:
        """The occurrences after a planned instant, of which `count` have been so far."""
        rest = None if self.count is None else max(0, self.count - count)
        return at_most(self._on_from(self._bounded(planned + timedelta(seconds=self.seconds))), rest)

    def occurrences(self, start: datetime) -> Iterator[Planned]:
        """The occurrences of a job that is created at `start`."""
        return at_most(self._on_from(self._from(start)), self.count)

    def passed(self, planned: datetime, count: int, now: datetime) -> int:
        """How many occurrences lie after `planned`, the `count`-th, and not after `now`. By arithmetic."""
        last = now if self.end is None else min(now, self.end)
        # In whole microseconds, as `after` steps: with floats an instant could be missed by a rounding.
        passed = max(0, (last - planned) // timedelta(seconds=self.seconds))
        return passed if self.count is None else min(passed, max(0, self.count - count))

    def _from(self, now: datetime) -> datetime | None:
        interval = timedelta(seconds=self.seconds)
        first = now + interval if self.start is None else self.start
        if first < now:
            first += interval * math.ceil((now - first) / interval)
        return self._bounded(first)

    def _on_from(self, following: datetime | None) -> Iterator[Planned]:
        while following is not None:
            yield Planned(following, following)
            following = self._bounded(following + timedelta(seconds=self.seconds))

    def _bounded(self, at: datetime) -> datetime | None:
        return None if at >= LATEST or (self.end is not None and at > self.end) else at
