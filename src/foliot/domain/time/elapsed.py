"""Wall times of a line that runs as time elapses: whenever clocks show one, and else never."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foliot.domain.time.resolve import Planned, transition
from foliot.domain.time.zone import as_utc, offset_at, to_local

_TICK: Final = timedelta(microseconds=1)
_STEP: Final = timedelta(hours=12)
_HORIZON: Final = 5 * _STEP
# More than clocks were ever set by.
_BACK: Final = timedelta(hours=26)


def as_time_elapses(
    later_than: Callable[[datetime], Iterator[datetime]], zone: ZoneInfo, after: datetime
) -> Iterator[Planned]:
    """Each instant later than `after` at which clocks show a time that `later_than` finds after a wall time.

    Between two settings of the clocks that is the wall time less one offset; at each it begins anew, with what clocks
    show then. So an answer costs the same beside a fold as far from it.
    """
    begin, offset, shown = after, offset_at(after, zone), to_local(after, zone)
    last = after
    while True:
        change = _next_change(begin, zone)
        for wall in later_than(shown):
            at = as_utc(wall - offset)
            if change is not None and at >= change:
                begin, offset, shown = change, offset_at(change, zone), to_local(change, zone) - _TICK
                break
            if at > begin + _HORIZON:
                begin = max(last, at - _BACK)
                offset, shown = offset_at(begin, zone), to_local(begin, zone)
                break
            last = at
            yield Planned(at, at.astimezone(zone))
        else:
            return


def _next_change(begin: datetime, zone: ZoneInfo) -> datetime | None:
    """When clocks are set next after `begin`, if that is within the horizon."""
    begin = begin.replace(microsecond=0)
    offset = offset_at(begin, zone)
    for steps in range(1, 6):
        at = begin + steps * _STEP
        if offset_at(at, zone) != offset:
            return transition(at - _STEP, at, zone)
    return None
