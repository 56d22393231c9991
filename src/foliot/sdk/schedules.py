"""When, as it is said in Python: options become a schedule, and a schedule is looked at before it is given to a job."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from foliot.domain.errors import InvalidSchedule
from foliot.domain.schedule import Fold, Gap, MonthEnd, Previewed, Schedule, ScheduleOptions
from foliot.domain.schedule import preview as preview_of


class When(TypedDict, total=False):
    """What may be said of when, by the names of `JobFunction.options`."""

    at: datetime | None
    delay: timedelta | float | None
    every: timedelta | float | None
    cron: str | None
    rrule: str | None
    timezone: str | ZoneInfo | None
    start: datetime | None
    end: datetime | None
    count: int | None
    jitter: timedelta | float | None
    gap: Gap | None
    fold: Fold | None
    month_end: MonthEnd | None
    exclude: Sequence[str]


_NOTHING: Final = ScheduleOptions()


def preview(
    *,
    every: timedelta | float | None = None,
    cron: str | None = None,
    rrule: str | None = None,
    timezone: str | ZoneInfo | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    gap: Gap | None = None,
    fold: Fold | None = None,
    month_end: MonthEnd | None = None,
    from_: datetime | None = None,
    count: int = 10,
) -> list[Previewed]:
    """When a job with this schedule would run, if it were created at `from_`; nothing is stored, nothing is opened.

    Each occurrence has `at` (in UTC), `local` (with the zone's offset) and `note`, which says what becomes of it where
    clocks are set. Jitter is not in it, since it differs from job to job.

    Args:
        every, cron, rrule, timezone, start, end, gap, fold, month_end: as in `JobFunction.options`.
        from_: the instant from which to look, with a UTC offset; now if left out.
        count: how many to show at most, 1 to 1,000.

    Raises:
        InvalidSchedule: the schedule cannot be followed, or what is said of it does not go together.
        InvalidTimezone: no such zone; the nearest name is suggested.
        InvalidTime: an instant has no offset or is absurd.
        InvalidRequest: `count` is out of range.
    """
    schedule = schedule_of(
        ScheduleOptions(
            every=every, cron=cron, rrule=rrule, timezone=zone_name(timezone), start=start, end=end, gap=gap, fold=fold,
            month_end=month_end,
        )
    )  # fmt: skip
    if schedule is None:
        raise InvalidSchedule("Give one of every, cron and rrule.")
    return preview_of(schedule, datetime.now(UTC) if from_ is None else from_, count)


def schedule_of(said: ScheduleOptions) -> Schedule | None:
    """The schedule that the options ask for, if they ask for one.

    Raises:
        InvalidSchedule: they do not go together, or one is not of its type.
    """
    if said == _NOTHING:
        return None
    if (why := said.contradiction(str)) is not None:
        raise InvalidSchedule(why, "schedule")
    return said.checked().schedule()


def zone_name(timezone: str | ZoneInfo | None) -> str | None:
    """The name of a zone that is given as such or by name."""
    return timezone.key if isinstance(timezone, ZoneInfo) else timezone


def calendar_names(exclude: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the calendars to exclude, if there are any.

    Raises:
        InvalidSchedule: it is one name, which would be taken for many of one letter.
    """
    if isinstance(exclude, str):
        raise InvalidSchedule(f"exclude is a list of names; write exclude=[{exclude!r}].", "schedule.exclude")
    return tuple(exclude) or None
