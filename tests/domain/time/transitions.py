"""When the clocks of each zone are set, from 1970 to 2037; zones that are set alike count once."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from foliot.domain.time.zone import zone_names

FIRST = datetime(1970, 1, 2, tzinfo=UTC)
LAST = datetime(2037, 12, 30, tzinfo=UTC)
_WEEK = timedelta(days=7)
_SECOND = timedelta(seconds=1)


class Transition(NamedTuple):
    """At `at` the clocks of `zone` go from `before` to `after`, both ahead of UTC."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def size(self) -> timedelta:
        return abs(self.after - self.before)


@cache
def transitions() -> tuple[Transition, ...]:
    """All of them, once for each instant and pair of offsets, whichever zones share it."""
    files: dict[bytes, str] = {}
    for name in sorted(zone_names()):
        if (data := _data(name)) is not None:
            files.setdefault(data, name)
    found: dict[tuple[datetime, timedelta, timedelta], Transition] = {}
    for data, name in files.items():
        for each in _of_zone(name, data):
            found.setdefault(each[1:], each)
    return tuple(sorted(found.values(), key=lambda each: each.at))


def kinds() -> tuple[Transition, ...]:
    """One or two of each kind: offsets and local time of day alike, the first and the last of them."""
    chosen: dict[tuple[object, ...], Transition] = {}
    for each in transitions():
        kind = (each.before, each.after, (each.at + each.before).time())
        chosen.setdefault((*kind, "first"), each)
        chosen[*kind, "last"] = each
    return tuple(dict.fromkeys(chosen.values()))


def _of_zone(name: str, data: bytes) -> Iterator[Transition]:
    """Those that the file lists, and those that its last rule makes, which are months apart."""
    zone = ZoneInfo(name)
    listed = sorted(at for at in _listed(data) if FIRST <= at <= LAST)
    probes = listed.copy()
    at = max([FIRST, *listed])
    while (at := at + _WEEK) <= LAST:
        if _offset(zone, at) != _offset(zone, at - _WEEK):
            probes.append(_searched(zone, at - _WEEK, at))
    for at in probes:
        before, after = _offset(zone, at - _SECOND), _offset(zone, at)
        if before != after:
            yield Transition(name, at, before, after)


def _searched(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _offset(zone, low)
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _data(name: str) -> bytes | None:
    """The zone's TZif file (RFC 8536) from the package `tzdata`; none if only this machine knows the zone."""
    file = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    return file.read_bytes() if file.is_file() else None


def _listed(data: bytes) -> Iterator[datetime]:
    """The instants of a TZif file's second, 64-bit block."""
    header = struct.Struct(">4s1s15x6l")
    _, _, isutc, isstd, leaps, times, types, chars = header.unpack_from(data)
    skipped = header.size + times * 5 + types * 6 + chars + leaps * 8 + isstd + isutc
    count = header.unpack_from(data, skipped)[5]
    for seconds in struct.unpack_from(f">{count}q", data, skipped + header.size):
        if -(2**31) < seconds < 2**31:
            yield datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
