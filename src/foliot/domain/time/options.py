"""A schedule made of options that stand side by side, as one writes them in Python and in the shell."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from foliot.domain.errors import InvalidPolicy, InvalidSchedule
from foliot.domain.time.at import At
from foliot.domain.time.cron import Cron
from foliot.domain.time.every import Every
from foliot.domain.time.kinds import Schedule
from foliot.domain.time.misfire import CatchUp, Coalesce, MisfirePolicy, Skip
from foliot.domain.time.resolve import Fold, Gap
from foliot.domain.time.rrule import MonthEnd, RRule

MisfireName = Literal["coalesce", "skip", "catch_up"]

_KINDS: Final = ("at", "delay", "every", "cron", "rrule")
_RECURRING: Final = ("every", "cron", "rrule")
_CALENDAR: Final = ("cron", "rrule")
_GOES_WITH: Final = {
    "timezone": _CALENDAR,
    "gap": _CALENDAR,
    "fold": _CALENDAR,
    "month_end": ("rrule",),
    "start": _RECURRING,
    "end": _RECURRING,
    "count": _RECURRING,
    "jitter": _RECURRING,
    "exclude": _RECURRING,
}
_WORDS: Final = {"gap": get_args(Gap), "fold": get_args(Fold), "month_end": get_args(MonthEnd)}
_MISFIRES: Final[dict[str, MisfirePolicy]] = {"coalesce": Coalesce(), "skip": Skip(), "catch_up": CatchUp()}


class ScheduleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of when. `every`, `delay` and `jitter` are in seconds or timedeltas.

    `start` is an instant beside `every` and `cron`, and the local time from which an `rrule` counts. `exclude` names
    calendars.
    """

    at: datetime | None = None
    delay: timedelta | float | None = None
    every: timedelta | float | None = None
    cron: str | None = None
    rrule: str | None = None
    timezone: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    count: int | None = None
    jitter: timedelta | float | None = None
    gap: Gap | None = None
    fold: Fold | None = None
    month_end: MonthEnd | None = None
    exclude: tuple[str, ...] | None = None

    def checked(self) -> "ScheduleOptions":
        """These options, if each is of its type.

        Raises:
            InvalidSchedule: naming the one that is not.
        """
        try:
            return msgspec.convert(msgspec.structs.asdict(self), ScheduleOptions)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$.")
            name = where.rstrip("`")
            if name in _WORDS and isinstance(word := getattr(self, name), str):
                raise InvalidSchedule(f"{name} {word!r} is none of {', '.join(_WORDS[name])}.", name) from None
            raise InvalidSchedule(f"{name}: {what}.", name) from None

    def contradiction(self, spelled: Callable[[str], str]) -> str | None:
        """Why these do not go together, with the options as they are `spelled`; None if they do."""
        given = [name for name, value in msgspec.structs.asdict(self).items() if value is not None]
        kinds = [kind for kind in _KINDS if kind in given]
        if len(kinds) > 1:
            return f"Give only one of {_listed(map(spelled, kinds), 'and')}."
        for name in given:
            if name in _GOES_WITH and not set(_GOES_WITH[name]).intersection(kinds):
                wanted = _listed(map(spelled, _GOES_WITH[name]), "or")
                return f"{spelled(name)} goes with {wanted}; leave it out otherwise."
        return None

    def schedule(self) -> Schedule | None:
        """The schedule that they ask for; none if they ask for none, or for a delay."""
        if self.at is not None:
            return At(self.at)
        zone = "UTC" if self.timezone is None else self.timezone
        jitter = 0.0 if self.jitter is None else in_seconds(self.jitter)
        exclude = self.exclude or ()
        if self.every is not None:
            return Every(
                seconds=in_seconds(self.every),
                start=self.start,
                end=self.end,
                count=self.count,
                jitter_seconds=jitter,
                exclude=exclude,
            )
        if self.cron is not None:
            return Cron(
                self.cron, zone, start=self.start, end=self.end, count=self.count, gap=self.gap, fold=self.fold,
                jitter_seconds=jitter, exclude=exclude,
            )  # fmt: skip
        if self.rrule is not None:
            return RRule(
                self.rrule, zone, self.start, end=self.end, count=self.count, gap=self.gap, fold=self.fold,
                month_end=self.month_end or "skip", jitter_seconds=jitter, exclude=exclude,
            )  # fmt: skip
        return None


def misfire_named(policy: MisfirePolicy | str) -> MisfirePolicy:
    """A misfire policy, or the one of that name with its defaults.

    Raises:
        InvalidPolicy: there is none of that name.
    """
    if not isinstance(policy, str):
        return policy
    if policy not in _MISFIRES:
        raise InvalidPolicy(f"misfire {policy!r} is none of {', '.join(_MISFIRES)}.", "misfire")
    return _MISFIRES[policy]


def in_seconds(duration: timedelta | float) -> float:
    """A length of time in seconds."""
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)


def _listed(names: Iterable[str], last: str) -> str:
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final
