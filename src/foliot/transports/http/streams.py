"""Answers that take their time: streams of server-sent events, and waits that end when the caller goes away."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar import Litestar
from litestar.types import Receive, Scope, Send

from foliot.domain.errors import FoliotError
from foliot.transports.http.problems import problem_of

EVENT_STREAM_MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE_SECONDS: Final = 15.0

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
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


def end_streams(app: Litestar) -> None:
    """End the streams of an application that is about to stop: a server waits for those that are open."""
    app.state.streams.end()


class Caller:
    """Whoever sent a request, seen from an operation that may take its time."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive

    async def unless_gone(self, wanted: Awaitable[Item]) -> Item | None:
        """What is waited for; None once the caller has gone or the server is about to stop."""
        streams: OpenStreams = self._scope["litestar_app"].state.streams
        gone = streams.listen(self._receive)
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
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        streams: OpenStreams = scope["litestar_app"].state.streams
        gone = streams.listen(receive)
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
