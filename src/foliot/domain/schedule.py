"""When: a schedule is asked for its first instant and for the one after a planned instant, and never looks at now."""

import math
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import LATEST, as_instant

SHORTEST_INTERVAL_SECONDS: Final = 1.0
MOST_OCCURRENCES: Final = 1_000_000_000
LONGEST_INTERVAL_SECONDS: Final = 100 * 366 * 24 * 3600.0


Instant = Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class At(msgspec.Struct, frozen=True, tag_field="kind", tag="at", forbid_unknown_fields=True):
    """Once, at an instant. One that has passed is due at once."""

    at: Instant

    @property
    def recurs(self) -> bool:
        return False

    def checked(self) -> "At":
        """The same in UTC.

        Raises:
            InvalidTime: the instant has no offset or is absurd.
        """
        return At(as_instant(self.at, "schedule.at"))

    def first(self, now: datetime) -> datetime:
        return self.at

    def after(self, planned: datetime, count: int) -> datetime | None:
        return None


class Every(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="every", forbid_unknown_fields=True):
    """Every so many seconds of elapsed time, counted from `start` (from the job's creation when left out).

    `end` is the last instant allowed, `count` the most occurrences.
    """

    seconds: float
    start: Instant | None = None
    end: Instant | None = None
    count: int | None = None

    @property
    def recurs(self) -> bool:
        return True

    def checked(self) -> "Every":
        """The same in UTC.

        Raises:
            InvalidSchedule: an interval below one second, a count below one, or an end before the start.
            InvalidTime: an instant has no offset or is absurd.
        """
        if not SHORTEST_INTERVAL_SECONDS <= self.seconds <= (LATEST - LATEST.replace(year=1970)).total_seconds():
            raise InvalidSchedule(
                "schedule.seconds must be at least 1 and less than two centuries.", "schedule.seconds"
            )
        if self.count is not None and not 1 <= self.count <= MOST_OCCURRENCES:
            raise InvalidSchedule(f"schedule.count must be from 1 to {MOST_OCCURRENCES:,}.", "schedule.count")
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
        interval = timedelta(seconds=self.seconds)
        first = now + interval if self.start is None else self.start
        if first < now:
            first += interval * math.ceil((now - first) / interval)
        if self.end is not None and first > self.end:
            raise InvalidSchedule(
                "schedule.end lies before the first occurrence; nothing would ever run.", "schedule.end"
            )
        return first

    def after(self, planned: datetime, count: int) -> datetime | None:
        if self.count is not None and count >= self.count:
            return None
        following = planned + timedelta(seconds=self.seconds)
        ended = following >= LATEST or (self.end is not None and following > self.end)
        return None if ended else following


Schedule = At | Every


class Due(msgspec.Struct, frozen=True):
    """What a look at a schedule at some instant finds: the occurrence to run, how many it stands for, and the next."""

    planned: datetime
    merged: int
    count: int
    following: datetime | None


def coalesce(schedule: Schedule, planned: datetime, count: int, now: datetime) -> Due:
    """Fold all occurrences from `planned` (the `count`-th) up to `now` into one run, the misfire policy `coalesce`.

    The run keeps the earliest planned instant, so that its lateness is told truly. An interval is jumped over by
    arithmetic: a second's interval that slept for a year costs no more than one that slept for a second.
    """
    merged, last = 0, planned
    if isinstance(schedule, Every) and now > planned:
        # In whole microseconds, as `after` steps: with floats an instant could be missed by a rounding.
        step = timedelta(seconds=schedule.seconds)
        merged = (now - planned) // step
        if schedule.count is not None:
            merged = min(merged, schedule.count - count)
        if schedule.end is not None:
            merged = min(merged, max(timedelta(0), schedule.end - planned) // step)
        last = planned + step * merged
    following = schedule.after(last, count + merged)
    return Due(planned, merged, count + merged, following)
