"""By what jobs are the same, to and from messages."""

from typing import Final

from foliot.domain.debounce import Debounce
from foliot.domain.unique import By, Unique, Until, Window
from foliot.transports.grpc.generated.scheduler.v1 import unique_pb2 as pb
from foliot.transports.grpc.times import seconds, seconds_of
from foliot.transports.grpc.words import Words

_BY: Final = Words(pb.Unique.By, "BY_", By)
_UNTIL: Final = Words(pb.Unique.Until, "UNTIL_", Until)
_WINDOWS: Final = Words(pb.Unique.Window, "WINDOW_", Window)


def unique_of(given: pb.Unique) -> Unique:
    """What a message stands for.

    Raises:
        InvalidRequest: a field cannot be read.
    """
    usual = Unique()
    by = tuple(word for number in given.by if (word := _BY.said(number, "unique.by")) is not None)
    return Unique(
        by=by or usual.by,
        args=tuple(given.args),
        until=_UNTIL.said(given.until, "unique.until"),
        period_seconds=seconds_of(given.period, "unique.period") if given.HasField("period") else None,
        window=_WINDOWS.said(given.window, "unique.window") or usual.window,
    )


def unique_message(unique: Unique | None) -> pb.Unique | None:
    """The same as a message; an absent one stays absent."""
    if unique is None:
        return None
    return pb.Unique(
        by=[_BY.number(each) for each in unique.by],
        args=unique.args,
        until=_UNTIL.number(unique.until),
        period=seconds(unique.period_seconds),
        window=_WINDOWS.number(unique.window),
    )


def debounce_of(given: pb.Debounce) -> Debounce:
    """What a message stands for.

    Raises:
        InvalidTime: a length is absurd.
    """
    return Debounce(
        quiet_seconds=seconds_of(given.quiet, "debounce.quiet"),
        max_wait_seconds=seconds_of(given.max_wait, "debounce.max_wait") if given.HasField("max_wait") else None,
    )
