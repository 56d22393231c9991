"""The calls that last: how many there are, and their end when the process stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from foliot.domain.errors import Unavailable
from foliot.transports.grpc.problems import TooManyStreams

MOST_STREAMS: Final = 10_000


class Streams:
    """The streams that this process serves."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[object]] = set()
        self._ended = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """A stream, served by the present task while the block lasts.

        Raises:
            TooManyStreams: there are as many as this process takes.
            Unavailable: the process stops; the caller goes on elsewhere, where it was.
        """
        if self._ended:
            raise _stopping()
        if len(self._open) >= MOST_STREAMS:
            raise TooManyStreams(f"This server has {MOST_STREAMS:,} streams open; try again, or use another one.")
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task in self._open:
                raise
            task.uncancel()
            raise _stopping() from None
        finally:
            self._open.discard(task)

    def end(self) -> None:
        """End all of them, and those that are asked for from now on."""
        self._ended = True
        while self._open:
            self._open.pop().cancel()


def _stopping() -> Unavailable:
    return Unavailable("This server stops; call again, with the id of the last event where there is one.")
