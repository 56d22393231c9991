"""A schedule as exclusion calendars leave it: it is asked as any other, and never answers with what they exclude."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.time.at import At
from foliot.domain.time.every import Every
from foliot.domain.time.exclusion import Calendar
from foliot.domain.time.kinds import Recurring, Schedule
from foliot.domain.time.resolve import Planned
from foliot.domain.time.series import Series
from foliot.domain.time.zone import zone_of

MOST_PASSED_OVER: Final = 5_000
"""So many excluded occurrences in a row, and the schedule counts as ended. A leap over many counts as some."""

_WALKED_FIRST: Final = 20
_WORTH_OF_A_LEAP: Final = 20
_TICK: Final = timedelta(microseconds=1)


class Excluding(Series, frozen=True):
    """A schedule and the calendars that it excludes; `observing` makes it.

    What is excluded does not count towards `count`. A stretch of excluded days is leapt over once some of its
    occurrences were walked, so that a second's interval passes over a year as quickly as a daily rule.
    """

    schedule: Recurring
    calendars: tuple[Calendar, ...]

    @classmethod
    def of(cls, schedule: Recurring, calendars: Sequence[Calendar], counted_from: datetime) -> "Excluding":
        """See `observing`."""
        if isinstance(schedule, Every) and schedule.start is None:
            start = counted_from + timedelta(seconds=schedule.seconds)
            schedule = msgspec.structs.replace(schedule, start=start)
        return cls(schedule, tuple(calendars))

    @property
    def count(self) -> int | None:
        return self.schedule.count

    def first(self, now: datetime) -> datetime:
        """The first instant at `now` or later for a job that is created at `now`.

        Raises:
            InvalidSchedule: the schedule has ended by then, or the calendars leave nothing of it.
        """
        found = next(self.occurrences(now), None)
        if found is None:
            self.schedule.first(now)
            names = ", ".join(calendar.name for calendar in self.calendars)
            raise InvalidSchedule(
                f"The calendars {names} leave no occurrence of this schedule; nothing would ever run.",
                "schedule.exclude",
            )
        return found.at

    def excludes(self, at: datetime) -> bool:
        """Whether an instant falls on a date of a calendar."""
        return self._by(self._planned(at)) is not None

    def _by(self, planned: Planned) -> Calendar | None:
        return next((calendar for calendar in self.calendars if calendar.excludes(planned)), None)

    def _planned(self, at: datetime) -> Planned:
        zone = "UTC" if isinstance(self.schedule, Every) else self.schedule.timezone
        return Planned(at, at.astimezone(zone_of(zone)))

    def _later_than(self, after: datetime) -> Iterator[Planned]:
        plain = msgspec.structs.replace(self.schedule, count=None)
        passed_over = 0
        while passed_over < MOST_PASSED_OVER:
            walked = 0
            for planned in plain.occurrences(after + _TICK):
                calendar = self._by(planned)
                if calendar is None:
                    passed_over = walked = 0
                    yield planned
                    continue
                walked += 1
                passed_over += 1
                if walked >= _WALKED_FIRST and (free := calendar.free_after(planned)) > planned.at:
                    passed_over += _WORTH_OF_A_LEAP
                    after = free - _TICK
                    break
                if passed_over >= MOST_PASSED_OVER:
                    break
            else:
                return


def observing(schedule: Schedule, calendars: Sequence[Calendar], counted_from: datetime) -> "Schedule | Excluding":
    """The schedule as calendars leave it; itself if there are none.

    `counted_from` is the job's creation or one of its planned instants: an interval without a start goes on from there.
    """
    if not calendars or isinstance(schedule, At):
        return schedule
    return Excluding.of(schedule, calendars, counted_from)


def planned_anew(
    schedule: Recurring, calendars: Sequence[Calendar], next_at: datetime, after: datetime, count: int
) -> Planned | None:
    """The first occurrence later than `after` that the calendars leave, of a schedule that has had `count`.

    `next_at` is one of its instants, earlier or later.
    """
    if isinstance(schedule, Every):
        step = timedelta(seconds=schedule.seconds)
        next_at += (after - next_at) // step * step
    return Excluding.of(schedule, calendars, next_at).occurrence_after(after, count)
