"""Watching a run: its events as server-sent events, until it is over."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import msgspec
from litestar import Litestar
from litestar.types import Receive, Scope, Send

from foliot.domain.errors import FoliotError
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.problems import problem_of
from foliot.transports.http.wire import view_event

EVENT_STREAM_MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE_SECONDS: Final = 15.0

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_KEEP_ALIVE: Final = b": still here\n\n"


class OpenStreams:
    """The streams that this process is sending."""

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


class EventStream:
    """Events as they come, as an ASGI application. It ends when they do, or when the client goes away."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events = events

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
        if event is None:
            return None
        data = msgspec.json.encode(view_event(event))
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.type.encode(), data)


@endpoint("GET", "/v1/runs/{run_id}/watch", "Watch a run", tag="Runs", also=(204,), media_type=EVENT_STREAM_MEDIA_TYPE)
async def watch_run(
    services: Services, identity: Identity, run_id: str, last_event_id: str | None
) -> EventStream | None:
    """The events of a run as server-sent events, until it is over. A client that reconnects sends `Last-Event-ID` and
    gets what came after it, or 204 when nothing can come any more."""
    run, events = await services.runs.story(identity, run_id)
    if run.state.is_over and last_event_id is not None and last_event_id == events[-1].id:
        return None
    return EventStream(services.watch.events(identity, run_id, last_event_id))


ENDPOINTS: Final = (watch_run,)


async def _send(send: Send, chunk: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _none() -> AsyncGenerator[Event, None]:
    return
    yield
