"""The HTTP transport, assembled: every endpoint, the documentation, and what all of them share."""

from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Final

from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.http import (
    calendars,
    changes,
    dead_letters,
    jobs,
    keys,
    operations,
    runs,
    schedules,
    submission,
    types,
    watch,
    worker,
)
from foliot.transports.http.asgi import Receive, Scope, Send
from foliot.transports.http.documentation import documentation_routes
from foliot.transports.http.openapi import openapi_document
from foliot.transports.http.routing import Route, router
from foliot.transports.http.streams import OpenStreams, note_streams

ENDPOINTS: Final = tuple(
    chain.from_iterable(
        module.ENDPOINTS
        for module in (
            submission,
            jobs,
            schedules,
            calendars,
            runs,
            watch,
            changes,
            dead_letters,
            types,
            worker,
            keys,
            operations,
        )
    )
)
"""All operations, in the order of the documentation."""


class Api:
    """The ASGI application. Whoever stops its server calls `end_streams` first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._router = router(routes)
        self._streams = OpenStreams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note_streams(scope, self._streams)
        await self._router(scope, receive, send)

    def end_streams(self) -> None:
        """End the streams that are open: a server that is about to stop waits for them."""
        self._streams.end()


def build_app(services: Services, settings: Settings) -> Api:
    """The API over these services."""
    endpoints = [endpoint.route(services, settings.largest_request_bytes) for endpoint in ENDPOINTS]
    return Api([*endpoints, *documentation_routes(_document())])


@cache
def _document() -> bytes:
    return openapi_document(ENDPOINTS)
