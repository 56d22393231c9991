"""The MCP door's processes: one client on standard input and output, or /mcp beside the API."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import structlog

from foliot.domain.errors import InvalidSettings
from foliot.engine.handler import Handler
from foliot.settings import Settings
from foliot.transports.mcp import PATHS
from foliot.wiring.stopping import leave, stop_signals
from foliot.wiring.system import System, open_system

if TYPE_CHECKING:
    from foliot.transports.mcp.http import HttpDoor

Application = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application. The API and the SDK each have their own words for what it is called with."""

_LOG: Final = structlog.get_logger(__name__)


async def serve_client(settings: Settings, handlers: Sequence[Handler] | None) -> None:
    """Serve one client over standard input and output until it leaves, or until SIGTERM or SIGINT.

    With `handlers`, a worker for them runs in this process too.

    Raises:
        InvalidSettings: the SDK is not installed.
        Unauthenticated: the key of the settings opens nothing.
        Unavailable: the database cannot be opened.
    """
    _expect_sdk()
    from foliot.transports.mcp.stdio import serve_stdio

    stop, hurry = stop_signals()
    system = await open_system(settings)
    try:
        identity = system.identity
        if settings.api_key is not None:
            identity = await system.services.access.authenticate(settings.api_key)
        async with contextlib.AsyncExitStack() as running:
            if handlers is not None:
                await running.enter_async_context(system.working(handlers, hurry))
            serving = asyncio.create_task(serve_stdio(system.services, system.clock, identity, settings), name="mcp")
            _LOG.info("MCP on standard input and output", database=settings.database_told, role=identity.role.value)
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        if serving.done():
            serving.result()
    finally:
        await system.close()
    if not serving.done():
        os._exit(0)  # all is written and closed; a thread that reads standard input would hold the process up
    await leave()


def _expect_sdk() -> None:
    if not has_sdk():
        raise InvalidSettings("The MCP door needs the package mcp: pip install 'foliot[mcp]'.", "mcp")


class BesideApi:
    """/mcp beside the API: one ASGI application of two.

    The door is made when somebody first knocks, in a thread, since the SDK takes more than a second to load: who does
    not use it pays nothing.
    """

    def __init__(self, api: Application, system: System) -> None:
        self._api = api
        self._system = system
        self._keeping: asyncio.Task[None] | None = None
        self._open: asyncio.Future[Application] | None = None
        self._closing = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._api(scope, receive, send)
            return
        door = await self._door()
        await door(scope, receive, send)

    async def close(self) -> None:
        """End the door's streams and sessions."""
        self._closing.set()
        if self._keeping is not None:
            await self._keeping

    async def _door(self) -> Application:
        if self._open is None:
            self._open = asyncio.get_running_loop().create_future()
            self._keeping = asyncio.create_task(self._keep(self._open), name="mcp")
        return await asyncio.shield(self._open)

    async def _keep(self, opened: asyncio.Future[Application]) -> None:
        try:
            door = await asyncio.to_thread(_http_door, self._system)
            async with door.running():
                opened.set_result(door)
                await self._closing.wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)


def has_sdk() -> bool:
    """Whether the MCP SDK is installed; it is an extra."""
    return find_spec("mcp") is not None


def _http_door(system: System) -> HttpDoor:
    from foliot.transports.mcp.http import HttpDoor

    return HttpDoor(system.services, system.clock, system.settings)
