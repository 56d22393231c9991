"""What is typed, made into values: durations, instants, payloads, and the options that many commands share."""

import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import CycloptsError, Parameter, Token

from foliot.domain.errors import InvalidPayload
from foliot.domain.page import DEFAULT_PAGE, LARGEST_PAGE

_DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+", re.ASCII)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class UsageError(CycloptsError):
    """The options are right one by one but not together."""


def duration(text: str) -> timedelta:
    """A length of time as `90s`, `5m`, `2h`, `1d` or `1h30m`.

    Raises:
        ValueError: it is none, or longer than can be told.
    """
    if _DURATION.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration; write it as 90s, 5m, 2h, 1d or 1h30m.")
    try:
        return timedelta(seconds=sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(text)))
    except OverflowError:
        raise ValueError(f"{text!r} is too long.") from None


def instant(text: str) -> datetime:
    """An instant in RFC 3339, as `2026-05-01T08:00:00Z` or with an offset.

    Raises:
        ValueError: it is none, or has no offset.
    """
    try:
        at = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(
            f"{text!r} is not an instant with its offset; write it as 2026-05-01T08:00:00Z or with +02:00."
        )
    return at


def read_payload(source: str) -> bytes:
    """The payload that an option names: the text itself, `-` for standard input, `@path` for a file.

    Raises:
        InvalidPayload: the file cannot be read.
    """
    if source == "-":
        return sys.stdin.buffer.read()
    if not source.startswith("@"):
        return source.encode()
    try:
        return Path(source[1:]).read_bytes()
    except OSError as error:
        raise InvalidPayload(f"The payload file {source[1:]} cannot be read: {error.strerror}.", "payload") from None


def _duration(_: object, tokens: Sequence[Token]) -> timedelta:
    return duration(tokens[0].value)


def _instant(_: object, tokens: Sequence[Token]) -> datetime:
    return instant(tokens[0].value)


DURATION: Final = Parameter(converter=_duration, n_tokens=1, accepts_keys=False, metavar="DURATION")
INSTANT: Final = Parameter(converter=_instant, n_tokens=1, accepts_keys=False, metavar="RFC3339")

Limit = Annotated[int, Parameter(help=f"The most to show, 1 to {LARGEST_PAGE}.", show_default=True)]
Cursor = Annotated[str | None, Parameter(help="Where to go on: next_cursor of the page before.")]
TypeFilter = Annotated[str | None, Parameter(help="Only those of this job type.")]
QueueFilter = Annotated[str | None, Parameter(help="Only those of this queue.")]
JobId = Annotated[str, Parameter(help="The job's id.")]
IfRevision = Annotated[
    int | None, Parameter(help="Only if nobody has changed it since this revision; `foliot job show` tells it.")
]
RunId = Annotated[str, Parameter(help="The run's id.")]
PAGE: Final = DEFAULT_PAGE
