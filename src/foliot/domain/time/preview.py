"""A look at a schedule before anything is created: its next instants, in UTC and local, with notes on the clocks."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Final

import msgspec

from foliot.domain.errors import InvalidRequest, InvalidSchedule
from foliot.domain.instant import as_instant
from foliot.domain.time.excluding import observing
from foliot.domain.time.exclusion import Calendar
from foliot.domain.time.resolve import Decision, Planned
from foliot.domain.time.shorthand import AskedSchedule, meant

MOST_PREVIEWED: Final = 1_000


class Previewed(msgspec.Struct, frozen=True):
    """An occurrence as it will be: the instant in UTC, the same with the local offset, and what the clocks do there."""

    at: datetime
    local: datetime
    note: str | None = None


def preview(
    schedule: AskedSchedule, from_: datetime, count: int, calendars: Sequence[Calendar] = ()
) -> list[Previewed]:
    """The first `count` occurrences that the calendars leave of a job that were created at `from_`.

    Raises:
        InvalidRequest: fewer than 1 or more than 1,000 are asked for.
        InvalidSchedule: the schedule cannot be followed.
        InvalidTime: `from_` has no offset or is absurd.
    """
    check_previewed(count)
    return list(islice(upcoming(schedule, from_, calendars), count))


def upcoming(schedule: AskedSchedule, from_: datetime, calendars: Sequence[Calendar] = ()) -> Iterator[Previewed]:
    """All occurrences that the calendars leave of a job that were created at `from_`.

    Raises:
        InvalidSchedule: the schedule cannot be followed, or excludes other calendars than these.
        InvalidTime: `from_` has no offset or is absurd.
    """
    created = as_instant(from_, "from")
    plain = meant(schedule, created)
    if set(plain.exclude) - {calendar.name for calendar in calendars}:
        raise InvalidSchedule(
            "schedule.exclude names calendars, which are not at hand here; leave it out, or preview over HTTP.",
            "schedule.exclude",
        )
    for planned in observing(plain, calendars, created).occurrences(created):
        yield Previewed(planned.at, _with_offset(planned.local), note(planned))


def check_previewed(count: int) -> None:
    """Refuse to preview none, or more than 1,000.

    Raises:
        InvalidRequest: with the range.
    """
    if not 1 <= count <= MOST_PREVIEWED:
        raise InvalidRequest(
            f"count must be from 1 to {MOST_PREVIEWED:,}; ask for the rest from the last one.", "count"
        )


def note(planned: Planned) -> str | None:
    """What was decided about an occurrence because clocks were set, in words; none if nothing was."""
    return " ".join(_sentence(decision, planned) for decision in planned.decisions) or None


def _sentence(decision: Decision, planned: Planned) -> str:
    wall, runs = _short(decision.wall, planned.local), _clock(planned.local)
    match decision.kind:
        case "gap_next_valid":
            return f"{wall} does not exist, as clocks are set forward; runs at {runs}, the first valid minute."
        case "gap_shifted":
            return f"{wall} does not exist, as clocks are set forward; runs as much later, at {runs}."
        case "gap_skipped":
            return (
                f"{decision.wall:%Y-%m-%d} {_clock(decision.wall)} does not exist, as clocks are set forward; skipped."
            )
        case "fold_first":
            return f"{wall} comes twice, as clocks are set back; this is the first."
        case "fold_second":
            return f"{wall} comes twice, as clocks are set back; this is the second."


def _short(wall: datetime, local: datetime) -> str:
    """A wall time, with its day only where it is another one."""
    return _clock(wall) if wall.date() == local.date() else f"{wall:%Y-%m-%d} {_clock(wall)}"


def _clock(wall: datetime) -> str:
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def _with_offset(local: datetime) -> datetime:
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)), fold=0)
