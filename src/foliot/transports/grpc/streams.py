"""The calls that last: how many there are, and their end when the process stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from google.protobuf.message import Message

from foliot.domain.errors import Unavailable
from foliot.transports.grpc.call import Context
from foliot.transports.grpc.problems import TooManyStreams

MOST_STREAMS: Final = 10_000


class Stream:
    """A call that lasts, and the task that serves it."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self._task = task
        self._is_writing = False
        self._has_ended = False

    async def write(self, context: Context, message: Message) -> None:
        """Send a message.

        Raises:
            Unavailable: the process stops.
        """
        self._is_writing = True
        await context.write(message)
        self._is_writing = False
        if self._has_ended:
            raise _stopping()

    def end(self) -> None:
        """Make its task end it, after the message that is being written: grpcio cannot send a status beside one."""
        self._has_ended = True
        if not self._is_writing:
            self._task.cancel()

    @property
    def was_told_to_end(self) -> bool:
        """Whether a cancellation is ours, and not that of a caller who has gone."""
        return self._has_ended and not self._is_writing


class Streams:
    """The streams that this process serves."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._has_ended = False

    @contextmanager
    def one(self) -> Iterator[Stream]:
        """A stream, served by the present task while the block lasts.

        Raises:
            TooManyStreams: there are as many as this process takes.
            Unavailable: the process stops; the caller goes on elsewhere, where it was.
        """
        if self._has_ended:
            raise _stopping()
        if len(self._open) >= MOST_STREAMS:
            raise TooManyStreams(f"This server has {MOST_STREAMS:,} streams open; try again, or use another one.")
        task = asyncio.current_task()
        assert task is not None
        stream = Stream(task)
        self._open.add(stream)
        try:
            yield stream
        except asyncio.CancelledError:
            if not stream.was_told_to_end:
                raise
            task.uncancel()
            raise _stopping() from None
        finally:
            self._open.discard(stream)

    def end(self) -> None:
        """End all of them, and those that are asked for from now on."""
        self._has_ended = True
        for stream in self._open:
            stream.end()


def _stopping() -> Unavailable:
    return Unavailable("This server stops; call again, with the id of the last event where there is one.")
