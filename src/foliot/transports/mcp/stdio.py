"""The door over standard input and output: one client, for as long as it keeps them open."""

from mcp.server.stdio import stdio_server

from foliot.domain.identity import Identity
from foliot.ports import Clock
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.server import FoliotServer


async def serve_stdio(services: Services, clock: Clock, identity: Identity, settings: Settings) -> None:
    """Serve until the client closes standard input. With a key, each call acts for it, and none once it is revoked."""

    async def identify(_: Context) -> Identity:
        return identity if settings.api_key is None else await services.access.authenticate(settings.api_key)

    server = FoliotServer(Door(services, clock, identify, settings)).server
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
