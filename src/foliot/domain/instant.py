"""Instants: aware datetimes in UTC inside, whole microseconds since 1970 where they are stored."""

from datetime import UTC, datetime, timedelta
from typing import Final

from foliot.domain.errors import InvalidTime

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Whole microseconds since the epoch."""
    return (at - EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The instant that many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def as_instant(at: datetime, field: str) -> datetime:
    """`at` in UTC.

    Raises:
        InvalidTime: it has no UTC offset, or lies outside the years 1970 to 2199; `field` is named.
    """
    if at.tzinfo is None or at.utcoffset() is None:
        raise InvalidTime(f"{field} has no UTC offset; write it as 2026-05-01T08:00:00Z or with +02:00.", field)
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        at = LATEST
    if not EPOCH <= at < LATEST:
        raise InvalidTime(f"{field} is outside the years 1970 to 2199.", field)
    return at
