"""The HTTP API on its socket, and /mcp beside it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import uvicorn

from foliot.domain.errors import InvalidSettings
from foliot.transports.http import build_app
from foliot.wiring.mcp import BesideApi, has_sdk
from foliot.wiring.system import System

_BACKLOG: Final = 2048


@asynccontextmanager
async def listening(system: System) -> AsyncIterator[int]:
    """The API, served while the block lasts; the port."""
    settings = system.settings
    api = build_app(system.services, settings)
    beside = BesideApi(api, system) if has_sdk() else None
    listener = _listen(settings.host, settings.port)
    server = _Server(
        uvicorn.Config(
            beside or api, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
            timeout_graceful_shutdown=max(1, int(settings.grace_seconds)),
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="api")
    try:
        yield listener.getsockname()[1]
    finally:
        api.end_streams()
        if beside is not None:
            await beside.close()
        server.should_exit = True
        await serving
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # whose answers asyncio sends at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)  # from here on nobody is refused, even before the server looks
    except OSError as error:
        raise InvalidSettings(
            f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port or --host, or FOLIOT_PORT "
            "or FOLIOT_HOST.",
            "port",
        ) from None
    return listener


class _Server(uvicorn.Server):
    """Leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
