"""A cron line as a series of naive wall times: cronsim walks it, the nearest weekday (`15W`) is ours."""

import calendar
import copy
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Final

from cronsim import CronSim, CronSimError

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import LATEST

_FIELD: Final = "schedule.expression"
_NAMES: Final = ("second", "minute", "hour", "day of month", "month", "day of week")
_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_NEAREST_WEEKDAY: Final = re.compile(r"([1-9]|[12]\d|3[01])W")
_LAST_NAMED_DAY: Final = re.compile(r"(SUN|MON|TUE|WED|THU|FRI|SAT)L")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST_LINE: Final = 1_000


class CronLine(CronSim):
    """A line that cronsim can walk, with its nearest weekdays. Its instances are copied, never walked themselves."""

    def __init__(self, line: str, nearest: frozenset[int], only_nearest: bool) -> None:
        super().__init__(line, datetime(2000, 1, 1))  # noqa: DTZ001 - wall times have no zone
        self.nearest = nearest
        if only_nearest:
            self.days = set()

    def match_dom(self, d: date) -> bool:
        return super().match_dom(d) or (bool(self.nearest) and self._is_nearest(d))

    def _is_nearest(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        return any(n <= last and day == _nearest_weekday(day.replace(day=n), last) for n in self.nearest)

    @property
    def at_fixed_times(self) -> bool:
        """Whether cron runs it at given times of the day, not over and over as its hours and minutes pass."""
        return not self.parts[1].startswith("*") and not self.parts[2].startswith("*")


def times(line: CronLine, after: datetime) -> Iterator[datetime]:
    """The naive wall times of a line later than `after`, until it has found none for fifty years, or time ends."""
    walker = copy.copy(line)
    walker.dt = after.replace(microsecond=0)
    return takewhile(_is_not_beyond, walker)


def _is_not_beyond(time: datetime) -> bool:
    return time.year <= LATEST.year


@lru_cache(maxsize=4096)
def parsed(expression: str) -> CronLine:
    """The line of a cron expression of 5 fields, 6 with leading seconds, or an alias such as `@daily`.

    Raises:
        InvalidSchedule: it is no such expression, or asks for something that isn't supported; the message says what to
            write instead.
    """
    fields = _fields(expression)
    nearest = [int(found[1]) for term in fields[3].split(",") if (found := _NEAREST_WEEKDAY.fullmatch(term))]
    others = [term for term in fields[3].split(",") if not _NEAREST_WEEKDAY.fullmatch(term)]
    only_nearest = bool(nearest) and not others
    fields[3] = "1" if only_nearest else ",".join(others)
    fields[5] = ",".join(
        f"{_DAYS.index(found[1])}L" if (found := _LAST_NAMED_DAY.fullmatch(term)) else term
        for term in fields[5].split(",")
    )
    try:
        line = CronLine(" ".join(fields), frozenset(nearest), only_nearest)
    except CronSimError as error:
        raise _refused(expression, fields, str(error)) from None
    if next(times(line, line.dt), None) is None:
        raise _never(expression)
    return line


def _fields(expression: str) -> list[str]:
    text = expression.strip()
    if len(text) > _LONGEST_LINE:
        raise InvalidSchedule(f"{_FIELD} has more than {_LONGEST_LINE:,} characters.", _FIELD)
    if text.startswith("@"):
        text = _alias(text)
    fields = text.upper().split()
    if len(fields) == 7:
        raise InvalidSchedule(f"{_FIELD} has a seventh field; years are given by schedule.start and .end.", _FIELD)
    if len(fields) not in {5, 6}:
        raise InvalidSchedule(
            f"{_FIELD} has {len(fields)} fields; write five (minute, hour, day of month, month, day of week), "
            "or six with the second before them.",
            _FIELD,
        )
    if len(fields) == 5:
        fields.insert(0, "0")
    for name, field in zip(_NAMES, fields, strict=True):
        _check_supported(name, field)
    return fields


def _alias(text: str) -> str:
    name = text.casefold()
    if name == "@reboot":
        raise InvalidSchedule(
            f"{_FIELD}: @reboot names no time; submit the job when your program starts instead.", _FIELD
        )
    if name.startswith("@every"):
        raise InvalidSchedule(f"{_FIELD}: @every is a schedule of kind `every` with its `seconds`.", _FIELD)
    if name not in _ALIASES:
        raise InvalidSchedule(f"{_FIELD}: {text!r} is none of {', '.join(_ALIASES)}.", _FIELD)
    return _ALIASES[name]


def _check_supported(name: str, field: str) -> None:
    for pattern, advice in _UNSUPPORTED if name.startswith("day") else _UNSUPPORTED[:_IN_ANY_FIELD]:
        if re.search(pattern, field):
            raise InvalidSchedule(f"{_FIELD}: the {name} field {field!r} is not supported: {advice}.", _FIELD)


_IN_ANY_FIELD: Final = 3
_UNSUPPORTED: Final = (
    (r"\?", "write * for any"),
    (r"~", "a random time is a fixed one with schedule.jitter_seconds"),
    (r"(^|,)(H|R)([(/,]|$)", "a hashed time is a fixed one with schedule.jitter_seconds"),
    # Only for days; JUL-9 is a month's range.
    (r"L-\d", "days before the last are counted by an RRULE with BYMONTHDAY=-2 and so on"),
    (r"(L|W|#\d)/|/[^,]*[LW#]", "no step can be taken from a day that is found, as L, W and # are"),
    (r"^WL$", "write LW for the last weekday"),
)


def _refused(expression: str, fields: list[str], reason: str) -> InvalidSchedule:
    """What cronsim says, `Bad hour`, in the words of the one who wrote the line."""
    name = reason.removeprefix("Bad ").replace("-", " ")
    if name not in _NAMES:
        return InvalidSchedule(f"{_FIELD} {expression!r} is no cron expression.", _FIELD)
    field = fields[_NAMES.index(name)]
    if name == "day of month" and _is_valid(field):
        return _never(expression)
    return InvalidSchedule(f"{_FIELD}: {field!r} cannot be the {name}; {_ALLOWED[name]}.", _FIELD)


def _is_valid(days: str) -> bool:
    try:
        CronSim(f"0 0 {days} * *", datetime(2000, 1, 1))  # noqa: DTZ001 - wall times have no zone
    except CronSimError:
        return False
    return True


def _never(expression: str) -> InvalidSchedule:
    return InvalidSchedule(f"{_FIELD} {expression!r} never fires: no year has such a day.", _FIELD)


_ALLOWED: Final = {
    "second": "write 0 to 59, *, ranges as 5-10 and steps as */5, with commas between",
    "minute": "write 0 to 59, *, ranges as 5-10 and steps as */5, with commas between",
    "hour": "write 0 to 23, *, ranges as 9-17 and steps as */2, with commas between",
    "day of month": "write 1 to 31, *, L, LW or 15W, with commas between",
    "month": "write 1 to 12, JAN to DEC, or *, ranges ascending, with commas between",
    "day of week": "write 0 (Sunday) to 7 (Sunday), SUN to SAT, 5L or 5#2, ranges ascending as 5-7, "
    "with commas between",
}


def _nearest_weekday(day: date, last: int) -> date:
    """The weekday nearest to `day` within its month."""
    match day.weekday():
        case 5:
            return day + timedelta(days=2 if day.day == 1 else -1)
        case 6:
            return day + timedelta(days=-2 if day.day == last else 1)
    return day
