"""The MCP server: every part of the door on one low-level server of the SDK, which serves both eras of the protocol."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final

import msgspec
import structlog
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as WireTool

from foliot.domain.errors import FoliotError
from foliot.domain.identity import Identity
from foliot.ports import Clock
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.mcp.catalogue import TOOLS
from foliot.transports.mcp.refusals import internal, misused, refusal
from foliot.transports.mcp.tool import Call, Tool

Context = ServerRequestContext[Any, Any]
Identify = Callable[[Context], Awaitable[Identity]]

INSTRUCTIONS: Final = (
    "Foliot runs jobs on time, once or again and again, and can tell what happened to each. A task is a job; each of "
    "its executions is a run. Start with types_list, make a job with task_create, follow it with task_wait or "
    "task_status. Give local times together with the user's IANA timezone; show a recurring schedule to the user with "
    "task_preview before you create it. Times in answers that end in Z are UTC. When something failed, task_events "
    "says why."
)

_FRESH: Final = timedelta(minutes=5)
_LOG: Final = structlog.get_logger("foliot.mcp")


class Door:
    """What is shared by all requests: the service, who calls, and how tools are called.

    Args:
        identify: whom a request acts for; raises Unauthenticated.
    """

    def __init__(self, services: Services, clock: Clock, identify: Identify, settings: Settings) -> None:
        self.services = services
        self.clock = clock
        self.identify = identify
        self._timezone = settings.timezone
        is_dotted = settings.mcp_tool_names == "dotted"
        self._names = {tool: tool.dotted_name if is_dotted else tool.name for tool in TOOLS.values()}
        self._tools = {name: tool for tool in TOOLS.values() for name in (tool.name, tool.dotted_name)}

    def server(self) -> Server[Any]:
        """The server."""
        server: Server[Any] = Server(
            "foliot",
            version=version("foliot"),
            title="Foliot",
            description="A durable scheduler and job queue",
            instructions=INSTRUCTIONS,
            on_list_tools=self.list_tools,
            get_tool_input_schema=self._input_schema,
        )
        server.add_request_handler("tools/call", CallToolRequestParams, self.call_tool)
        return server

    async def whom(self, ctx: Context) -> Identity:
        """The identity that a request acts for.

        Raises:
            MCPError: it has none.
        """
        try:
            return await self.identify(ctx)
        except FoliotError as error:
            refusal(error)
            raise misused(error.message) from None

    async def list_tools(self, ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """The tools that the caller's role allows, by name."""
        if params is not None and params.cursor is not None:
            raise misused("All tools are on one page; ask without a cursor.")
        identity = await self.whom(ctx)
        return ListToolsResult(
            tools=[_listed(tool, name) for tool, name in self._names.items() if identity.has(tool.role)],
            ttl_ms=round(_FRESH.total_seconds() * 1000),
            cache_scope="private",
        )

    async def call_tool(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult | dict[str, Any]:
        """Call a tool. What the model can mend is told in a result, the rest is an error of the protocol."""
        tool = self._tools.get(params.name)
        if tool is None:
            raise misused(f"There is no tool {params.name[:100]!r}. Known: {', '.join(self._names.values())}.")
        identity = await self.whom(ctx)
        call = self._call(ctx, identity)
        try:
            identity.require(tool.role)
            arguments = tool.read(params.arguments)
            return answered(await tool.function(call, arguments))
        except FoliotError as error:
            return refusal(error)
        except Exception:
            _LOG.exception("tool failed", tool=tool.name)
            raise internal() from None

    def _call(self, ctx: Context, identity: Identity) -> Call:
        known = ctx.session.client_params

        async def report(fraction: float, message: str) -> None:
            await ctx.session.report_progress(fraction, 1.0, message or None)

        return Call(
            services=self.services,
            identity=identity,
            now=self.clock.now(),
            client="" if known is None else known.client_info.name,
            timezone=self._timezone,
            report=report,
        )

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        tool = self._tools.get(name)
        return None if tool is None else tool.input_schema


def answered(answer: msgspec.Struct, *, is_error: bool = False) -> CallToolResult:
    """An answer as structured content, and the same as text for hosts that know none."""
    return CallToolResult(
        content=[TextContent(text=msgspec.json.encode(answer).decode())],
        structured_content=msgspec.to_builtins(answer),
        is_error=is_error,
    )


def _listed(tool: Tool, name: str) -> WireTool:
    effects = tool.effects
    return WireTool(
        name=name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations(
            read_only_hint=effects.reads,
            destructive_hint=effects.destroys,
            idempotent_hint=effects.is_idempotent,
            open_world_hint=effects.reaches_out,
        ),
    )
