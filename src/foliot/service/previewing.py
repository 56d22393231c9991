"""A look at a schedule before anything is created."""

from collections.abc import Sequence
from datetime import datetime

from foliot.domain.identity import Identity, Role
from foliot.domain.schedule import Calendar, Previewed, Schedule, preview


def previewed(
    identity: Identity, schedule: Schedule, now: datetime, count: int, calendars: Sequence[Calendar] = ()
) -> list[Previewed]:
    """The first occurrences, `count` (1 to 1,000) at most, that the calendars leave of a job that would be created now.

    Raises:
        InvalidRequest: a count out of range.
        InvalidSchedule: the schedule cannot be followed.
        InvalidTimezone: no such zone.
        InvalidTime: an instant is absurd.
    """
    identity.require(Role.VIEWER)
    return preview(schedule, now, count, calendars)
