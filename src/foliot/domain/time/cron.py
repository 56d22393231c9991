"""By a cron line, in a timezone."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import as_instant
from foliot.domain.time.at import Instant
from foliot.domain.time.cron_line import parsed, times
from foliot.domain.time.elapsed import as_time_elapses
from foliot.domain.time.resolve import Fold, Gap, Planned, Policy, Wall, earliest_wall, occurrences
from foliot.domain.time.series import (
    Series,
    check_count,
    check_exclude,
    check_jitter,
    just_before,
    until_end,
)
from foliot.domain.time.zone import zone_of

AT_FIXED_TIMES: Final = Policy("next_valid", "first")
EACH_TIME: Final = Policy("skip", "both")


class Cron(Series, frozen=True, tag_field="kind", tag="cron", forbid_unknown_fields=True):
    """By a cron line of 5 fields, 6 with leading seconds, or an alias as `@daily`, in a timezone.

    Where clocks are set it does as Debian's cron: a line with fixed hours and minutes runs once for each of its times,
    at the first valid minute after a gap; one whose hour or minute begins with `*` runs as time elapses. `gap` and
    `fold` say otherwise. `start` and `end` are the first and the last instant allowed, `count` is the most occurrences,
    `jitter_seconds` the most by which a run is due later than planned. `exclude` names calendars on whose dates, in the
    timezone, nothing runs.
    """

    expression: str
    timezone: str = "UTC"
    start: Instant | None = None
    end: Instant | None = None
    count: int | None = None
    gap: Gap | None = None
    fold: Fold | None = None
    jitter_seconds: float = 0.0
    exclude: tuple[str, ...] = ()

    def checked(self) -> "Cron":
        """The same with its instants in UTC.

        Raises:
            InvalidSchedule: no cron line, one that never fires or isn't supported, or bounds that exclude each other.
            InvalidTimezone: no such zone.
            InvalidTime: an instant has no offset or is absurd.
        """
        zone_of(self.timezone)
        parsed(self.expression)
        check_count(self.count)
        check_jitter(self.jitter_seconds)
        check_exclude(self.exclude)
        start = None if self.start is None else as_instant(self.start, "schedule.start")
        end = None if self.end is None else as_instant(self.end, "schedule.end")
        if start is not None and end is not None and end < start:
            raise InvalidSchedule("schedule.end lies before schedule.start.", "schedule.end")
        return msgspec.structs.replace(self, start=start, end=end)

    def _later_than(self, after: datetime) -> Iterator[Planned]:
        line, zone = parsed(self.expression), zone_of(self.timezone)
        if self.start is not None:
            after = max(after, just_before(self.start))
        if self.gap is None and self.fold is None and not line.at_fixed_times:
            return until_end(as_time_elapses(partial(times, line), zone, after), self.end)
        default = AT_FIXED_TIMES if line.at_fixed_times else EACH_TIME
        policy = Policy(self.gap or default.gap, self.fold or default.fold)
        walls = map(Wall, times(line, earliest_wall(after, zone)))
        return until_end(occurrences(walls, zone, policy, after), self.end)
