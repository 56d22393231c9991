"""The MCP door's processes: one client on standard input and output, or /mcp beside the API."""

import asyncio
import contextlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

import structlog

from foliot.domain.errors import InvalidSettings
from foliot.engine.handler import Handler
from foliot.settings import Settings
from foliot.wiring.stopping import leave, stop_signals
from foliot.wiring.system import open_system

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
    await leave()


def _expect_sdk() -> None:
    if find_spec("mcp") is None:
        raise InvalidSettings("The MCP door needs the package mcp: pip install 'foliot[mcp]'.", "mcp")
