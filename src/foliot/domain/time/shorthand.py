"""Schedules in the simple forms of other schedulers, as they are sent.

What they mean depends on when the job is created; from then on the job has, and shows, the schedule that they mean.
`exclude` names calendars, as there.
"""

from datetime import date, datetime

import msgspec

from foliot.domain.time.at import Instant
from foliot.domain.time.every import Every
from foliot.domain.time.kinds import Schedule
from foliot.domain.time.rrule import RRule
from foliot.domain.time.simple import by_interval, by_local_time, by_unit
from foliot.domain.time.zone import to_local, zone_of


class _Simple(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    exclude: tuple[str, ...] = ()


class LocalTime(_Simple, frozen=True, tag="local_time"):
    """At a local time such as `08:00`, by `FREQ=DAILY` or `FREQ=WEEKLY`, with an `INTERVAL` or without.

    Intervals are counted from `first_day`, whose weekday a weekly rule keeps; from the day of the job's creation in
    the timezone if it is left out. It becomes a schedule of kind `rrule`.
    """

    local_time: str
    rule: str = "FREQ=DAILY"
    timezone: str = "UTC"
    first_day: date | None = None

    def meant(self, now: datetime) -> RRule:
        """The schedule of a job that is created at `now`."""
        today = to_local(now, zone_of(self.timezone)).date()
        return by_local_time(self.rule, self.local_time, self.timezone, self.first_day or today)


class Hourly(_Simple, frozen=True, tag="hourly"):
    """Every `value` hours on the full hour, first at the next one and `value` - 1 hours more. It becomes an `rrule`."""

    value: int = 1
    timezone: str = "UTC"

    def meant(self, now: datetime) -> RRule:
        """The schedule of a job that is created at `now`."""
        return by_unit("hourly", self.value, "", self.timezone, now)


class Daily(_Simple, frozen=True, tag="daily"):
    """Every `value` days at a local time, first today if `value` is 1 and the time is ahead, else in `value` days. It
    becomes an `rrule`."""

    at_time: str
    value: int = 1
    timezone: str = "UTC"

    def meant(self, now: datetime) -> RRule:
        """The schedule of a job that is created at `now`."""
        return by_unit("daily", self.value, self.at_time, self.timezone, now)


class Weekly(_Simple, frozen=True, tag="weekly"):
    """Every `value` weeks at a local time, first in `value` weeks, on the weekday of the job's creation. It becomes an
    `rrule`."""

    at_time: str
    value: int = 1
    timezone: str = "UTC"

    def meant(self, now: datetime) -> RRule:
        """The schedule of a job that is created at `now`."""
        return by_unit("weekly", self.value, self.at_time, self.timezone, now)


class Monthly(_Simple, frozen=True, tag="monthly"):
    """Every `value` months at a local time, first in `value` months, on the day of the job's creation; in a month
    without that day on its last. It becomes an `rrule`."""

    at_time: str
    value: int = 1
    timezone: str = "UTC"

    def meant(self, now: datetime) -> RRule:
        """The schedule of a job that is created at `now`."""
        return by_unit("monthly", self.value, self.at_time, self.timezone, now)


class Interval(_Simple, frozen=True, tag="interval"):
    """Every so many seconds of elapsed time, from `start` on. It becomes a schedule of kind `every`."""

    interval_seconds: float
    start: Instant | None = None

    def meant(self, now: datetime) -> Every:
        """The schedule of a job that is created at `now`."""
        return by_interval(self.interval_seconds, self.start)


SimpleSchedule = LocalTime | Hourly | Daily | Weekly | Monthly | Interval
AskedSchedule = Schedule | SimpleSchedule


def meant(asked: AskedSchedule, now: datetime) -> Schedule:
    """The schedule, checked, that a job has for which this is asked and which is created at `now`.

    Raises:
        InvalidSchedule: it cannot be followed.
        InvalidTimezone: no such zone.
        InvalidTime: an instant has no offset or is absurd.
    """
    if isinstance(asked, Schedule):
        return asked.checked()
    plain = asked.meant(now)
    return msgspec.structs.replace(plain, exclude=asked.exclude).checked() if asked.exclude else plain
