"""IANA timezones by name; an unknown one is refused with the nearest name that exists."""

import difflib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from foliot.domain.errors import InvalidTimezone

# Files that many systems keep beside the zones. `localtime` would mean another zone on another machine.
_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?", re.IGNORECASE)


@lru_cache(maxsize=1024)
def zone_of(name: str, field: str = "schedule.timezone") -> ZoneInfo:
    """The zone of that name.

    Raises:
        InvalidTimezone: there is none; the message suggests the nearest name, `field` is named.
    """
    if name not in zone_names():
        raise InvalidTimezone(f"{field}: there is no timezone {name!r}. {_advice(name)}", field)
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every name that this machine's timezone database knows."""
    return frozenset(available_timezones() - _NO_ZONES)


def offset_at(at: datetime, zone: ZoneInfo) -> timedelta:
    """How far the zone's wall clock is ahead of UTC at an instant."""
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """The naive wall time that the zone's clocks show at an instant."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def as_utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


def _advice(name: str) -> str:
    if _OFFSET.fullmatch(name.strip()):
        return "An offset is no timezone, since it knows no daylight saving; write a place, as Europe/Berlin."
    wanted = name.strip().replace(" ", "_").casefold()
    known = {each.casefold(): each for each in sorted(zone_names())}
    places = {each.rpartition("/")[2]: known[each] for each in known}
    if wanted in known:
        return f"Did you mean {known[wanted]!r}?"
    if wanted in places:
        return f"Did you mean {places[wanted]!r}?"
    near = difflib.get_close_matches(wanted, known, n=1) or difflib.get_close_matches(
        wanted.rpartition("/")[2], places, n=1
    )
    if near:
        return f"Did you mean {(known | places)[near[0]]!r}?"
    return "Write an IANA name, as Europe/Berlin or UTC."
