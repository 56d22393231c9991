"""A server with a worker, and clients of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foliot import Client, Settings
from foliot.domain.identity import Role
from foliot.handlers.basic import HANDLERS
from foliot.wiring import System, open_system
from foliot.wiring.listening import listening
from tests.client import jobs


class Server:
    """A server in this process, on a port of its own."""

    def __init__(self, system: System, port: int) -> None:
        self.system = system
        self.url = f"http://127.0.0.1:{port}"

    async def key(self, role: Role = Role.ADMIN) -> str:
        """A new key."""
        return (await self.system.services.access.create_key(self.system.identity, f"a-{role}", role))[1]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/foliot.db", port=0, grace_seconds=1)
    system = await open_system(settings)
    handlers = [*HANDLERS, *jobs.app.handlers]
    try:
        await system.services.catalogue.register(handler.job_type for handler in handlers)
        async with system.working(handlers), listening(system) as port:
            yield Server(system, port)
    finally:
        await system.close()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """A client with an admin's key."""
    async with Client(server.url, await server.key()) as client:
        yield client
