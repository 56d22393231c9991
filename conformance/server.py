"""The server that is tested: our own endpoint and a worker, with the fixtures of the suite beside our tools.

The suite knows no keys, so each request that comes without one gets that of an admin, before our endpoint sees it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from conformance.fixtures import TOOLS, add_constants, app
from foliot.domain.identity import Role
from foliot.settings import Settings
from foliot.transports.mcp.catalogue import TOOLS as OURS
from foliot.transports.mcp.http import HttpDoor
from foliot.wiring import System, open_system


class FixtureDoor(HttpDoor):
    """The endpoint, for whoever comes."""

    def __init__(self, system: System, key: str) -> None:
        super().__init__(system.services, system.clock, system.settings, {**OURS, **TOOLS})
        add_constants(self.foliot.server)
        self._key = (b"authorization", f"Bearer {key}".encode())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if all(name != b"authorization" for name, _ in scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], self._key]}
        await super().__call__(scope, receive, send)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """The server, on a database in this folder; its URL."""
    system = await open_system(Settings(database_url=f"sqlite:///{folder}/foliot.db", grace_seconds=0.5))
    try:
        key = (await system.services.access.create_key(system.identity, "conformance", Role.ADMIN))[1]
        door = FixtureDoor(system, key)
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(door, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        server = _Server(config)
        async with system.working(app.handlers):
            running = asyncio.create_task(server.serve(sockets=[listener]))
            async with door.running():
                yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
            server.should_exit = True
            await running
    finally:
        await system.close()


class _Server(uvicorn.Server):
    """Leaves the signals to the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
