"""Answers that take their time: streams of server-sent events, and waits that end when the caller goes away."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from foliot.domain.errors import FoliotError
from foliot.transports.http.asgi import Receive, Scope, Send
from foliot.transports.http.problems import problem_of
from foliot.transports.http.request_id import opening

EVENT_STREAM_MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE_SECONDS: Final = 15.0

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_KEY: Final = "foliot.streams"
_KEEP_ALIVE: Final = b": still here\n\n"

Item = TypeVar("Item")


class OpenStreams:
    """Those who are being answered at length by this process."""

    def __init__(self) -> None:
        self._ears: set[asyncio.Task[None]] = set()
        self._ended = False

    def listen(self, receive: Receive) -> asyncio.Task[None]:
        """A task that is done as soon as the client has gone, or the stream is to end."""
        ear = asyncio.create_task(_gone(receive), name="stream")
        if self._ended:
            ear.cancel()
        self._ears.add(ear)
        ear.add_done_callback(self._ears.discard)
        return ear

    def end(self) -> None:
        """End all of them, and those that are asked for from now on. Their clients go on elsewhere, where they were."""
        self._ended = True
        for ear in tuple(self._ears):
            ear.cancel()


def note_streams(scope: Scope, streams: OpenStreams) -> None:
    """Let a request know of those of its application."""
    scope[_KEY] = streams


def open_streams(scope: Scope) -> OpenStreams:
    """Those of the application that a request came to."""
    streams: OpenStreams = scope[_KEY]
    return streams


class Caller:
    """Whoever sent a request, seen from an operation that may take its time."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive

    async def unless_gone(self, wanted: Awaitable[Item]) -> Item | None:
        """What is waited for; None once the caller has gone or the server is about to stop."""
        gone = open_streams(self._scope).listen(self._receive)
        waiting = asyncio.ensure_future(wanted)
        try:
            await asyncio.wait((waiting, gone), return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else None
        finally:
            gone.cancel()
            waiting.cancel()
            await asyncio.wait((gone, waiting))


class EventStream(Generic[Item]):
    """Events as they come, as an ASGI application. It ends when they do, or when the client goes away.

    Args:
        events: what is to be told. It is closed at the end.
        encode: an event as it is sent.
    """

    def __init__(self, events: AsyncGenerator[Item, None], encode: Callable[[Item], bytes]) -> None:
        self._events: AsyncGenerator[Item, None] = events
        self._encode = encode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(opening(scope, 200, _HEADERS))
        gone = open_streams(scope).listen(receive)
        upcoming = asyncio.create_task(self._next())
        try:
            while True:
                await asyncio.wait((upcoming, gone), timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    break
                if not upcoming.done():
                    await _send(send, _KEEP_ALIVE, more=True)
                    continue
                if (chunk := upcoming.result()) is None:
                    break
                await _send(send, chunk, more=True)
                upcoming = asyncio.create_task(self._next())
        finally:
            gone.cancel()
            upcoming.cancel()
            await asyncio.wait((gone, upcoming))
            await self._events.aclose()
        await _send(send, b"", more=False)

    async def _next(self) -> bytes | None:
        """The next event as it is sent, or None at the end. What goes wrong is told as a last event of its own: the
        status code is long out."""
        try:
            event = await anext(self._events, None)
        except FoliotError as error:
            self._events = _none()
            return b"event: problem\ndata: %b\n\n" % msgspec.json.encode(problem_of(error))
        return None if event is None else self._encode(event)


async def _send(send: Send, chunk: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _none() -> AsyncGenerator[Any, None]:
    return
    yield
