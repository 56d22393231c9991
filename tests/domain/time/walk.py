"""Time the slow way, to hold ours against: going through UTC and asking zoneinfo what the clocks show."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from foliot.domain.schedule import Fold, Gap

MINUTE = timedelta(minutes=1)


class Walk:
    """What the clocks of a zone show at each whole minute of theirs between two instants."""

    def __init__(self, zone: ZoneInfo, start: datetime, end: datetime, step: timedelta) -> None:
        self.shown: dict[datetime, list[datetime]] = {}
        self.leaps: list[tuple[datetime, datetime, datetime]] = []
        before: tuple[datetime, datetime] | None = None
        at = start
        while at <= end:
            wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
            if before is not None and wall - before[1] > at - before[0]:
                self.leaps.append((before[1], wall, before[0]))
            if not wall.second:
                self.shown.setdefault(wall, []).append(at)
            before = at, wall
            at += step

    def elapsed(self, wanted: Callable[[datetime], bool]) -> list[datetime]:
        """Each instant at which the clocks show a wanted time."""
        return sorted(at for wall, instants in self.shown.items() if wanted(wall) for at in instants)

    def resolved(self, wanted: Callable[[datetime], bool], gap: Gap, fold: Fold) -> list[datetime]:
        """The instants of all wanted wall times, shown or leapt over."""
        found: set[datetime] = set()
        for wall, instants in self.shown.items():
            if wanted(wall):
                found.update({"first": instants[:1], "second": instants[-1:], "both": instants}[fold])
        for left, landed, at in self.leaps:
            wall = left.replace(second=0)
            while (wall := wall + MINUTE) < landed:
                if not wanted(wall) or wall in self.shown:
                    continue
                if gap == "shift":
                    found.add(at + (wall - left))
                elif gap == "next_valid":
                    found.add(self._from(landed))
        return sorted(found)

    def _from(self, landed: datetime) -> datetime:
        wall = landed if not landed.second else landed.replace(second=0) + MINUTE
        return self.shown[wall][0]


def cron_matcher(minutes: Iterable[int], hours: Iterable[int]) -> Callable[[datetime], bool]:
    wanted_minutes, wanted_hours = frozenset(minutes), frozenset(hours)
    return lambda wall: wall.minute in wanted_minutes and wall.hour in wanted_hours


def minutes_before(at: datetime, minutes: float) -> datetime:
    return at.astimezone(UTC) - timedelta(minutes=minutes)
