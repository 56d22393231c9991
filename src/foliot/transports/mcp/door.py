"""What is shared by all requests: the service, whom a request acts for, and what a tool gets of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.context import ServerRequestContext

from foliot.domain.errors import FoliotError
from foliot.domain.identity import Identity
from foliot.ports import Clock
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.mcp.refusals import protocol_error
from foliot.transports.mcp.tool import Call

Context = ServerRequestContext[Any, Any]
Identify = Callable[[Context], Awaitable[Identity]]


class Door:
    """The service, and who asks it.

    Args:
        identify: whom a request acts for; raises Unauthenticated.
    """

    def __init__(self, services: Services, clock: Clock, identify: Identify, settings: Settings) -> None:
        self.services = services
        self.clock = clock
        self.settings = settings
        self._identify = identify

    async def whom(self, ctx: Context) -> Identity:
        """The identity that a request acts for.

        Raises:
            MCPError: it has none.
        """
        try:
            return await self._identify(ctx)
        except FoliotError as error:
            raise protocol_error(error) from None

    def call(self, ctx: Context, identity: Identity) -> Call:
        """What a tool gets of a request."""
        known = ctx.session.client_params

        async def report(fraction: float, message: str) -> None:
            await ctx.session.report_progress(fraction, 1.0, message or None)

        return Call(
            services=self.services,
            identity=identity,
            now=self.clock.now(),
            client="" if known is None else known.client_info.name,
            timezone=self.settings.timezone,
            report=report,
        )
