"""Instants and lengths as the well-known types have them."""

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from foliot.domain.errors import InvalidTime
from foliot.domain.instant import EPOCH, from_microseconds

_LARGEST_SECONDS = 10**10


def stamp(at: datetime | None) -> Timestamp | None:
    """The instant as a message; an absent one stays absent."""
    if at is None:
        return None
    since = at - EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)


def length(duration: timedelta | None) -> Duration | None:
    """The length as a message; an absent one stays absent."""
    if duration is None:
        return None
    made = Duration()
    made.FromTimedelta(duration)
    return made


def seconds(number: float | None) -> Duration | None:
    """So many seconds as a message; absent ones stay absent."""
    return None if number is None else length(timedelta(seconds=number))


def instant_of(given: Timestamp, field: str) -> datetime:
    """The instant in UTC, to the microsecond.

    Raises:
        InvalidTime: it is outside the years 1970 to 2199.
    """
    if not (0 <= given.seconds <= _LARGEST_SECONDS and 0 <= given.nanos < 10**9):
        raise InvalidTime(f"{field} is outside the years 1970 to 2199.", field)
    return from_microseconds(given.seconds * 1_000_000 + given.nanos // 1000)


def seconds_of(given: Duration, field: str) -> float:
    """The length in seconds.

    Raises:
        InvalidTime: it is longer than centuries, or no length.
    """
    if not (abs(given.seconds) <= _LARGEST_SECONDS and abs(given.nanos) < 10**9):
        raise InvalidTime(f"{field} is no length of time.", field)
    return given.seconds + given.nanos / 1e9
