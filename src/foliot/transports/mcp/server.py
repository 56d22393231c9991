"""The MCP server: every part of the door on one low-level server of the SDK, which serves both eras of the protocol."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final

import structlog
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    ToolAnnotations,
)
from mcp_types import Tool as WireTool

from foliot.domain.errors import FoliotError, Unauthenticated
from foliot.transports.mcp.catalogue import TOOLS
from foliot.transports.mcp.completion import Completions
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.prompts import get_prompt, list_prompts
from foliot.transports.mcp.refusals import internal, misused, protocol_error, refusal
from foliot.transports.mcp.resources import Resources
from foliot.transports.mcp.results import answered
from foliot.transports.mcp.subscriptions import Subscriptions
from foliot.transports.mcp.tasks import Tasks, wants_task
from foliot.transports.mcp.tool import Tool

INSTRUCTIONS: Final = (
    "Foliot runs jobs on time, once or again and again, and can tell what happened to each. A task is a job; each of "
    "its executions is a run. Start with types_list, make a job with task_create, follow it with task_wait or "
    "task_status. Give local times together with the user's IANA timezone; show a recurring schedule to the user with "
    "task_preview before you create it. Times in answers that end in Z are UTC. When something failed, task_events "
    "says why."
)

_FRESH: Final = timedelta(minutes=5)
_DAY_SECONDS: Final = 86_400
_LOG: Final = structlog.get_logger("foliot.mcp")


class FoliotServer:
    """The server, as `server`. Call `close` before its transport is stopped."""

    def __init__(self, door: Door, tools: Mapping[str, Tool] = TOOLS) -> None:
        self._door = door
        self._listed = {tool: _name(tool, door.settings.mcp_tool_names) for tool in tools.values()}
        self._tools = {name: tool for tool in tools.values() for name in (tool.name, tool.dotted_name)}
        self._subscriptions = Subscriptions(door)
        self._tasks = Tasks(door, self._tools, door.settings.retention_days * _DAY_SECONDS)
        resources = Resources(door)
        self.server: Server[Any] = Server(
            "foliot",
            version=version("foliot"),
            title="Foliot",
            description="A durable scheduler and job queue",
            instructions=INSTRUCTIONS,
            get_tool_input_schema=self._input_schema,
            on_list_tools=self._list_tools,
            on_list_resources=resources.list,
            on_list_resource_templates=resources.templates,
            on_read_resource=resources.read,
            on_subscribe_resource=self._subscriptions.subscribe,
            on_unsubscribe_resource=self._subscriptions.unsubscribe,
            on_subscriptions_listen=self._subscriptions.listen,
            on_list_prompts=list_prompts,
            on_get_prompt=get_prompt,
            on_completion=Completions(door).complete,
        )
        self.server.add_request_handler("tools/call", CallToolRequestParams, self._call_tool)
        self._tasks.serve(self.server)

    def close(self) -> None:
        """End the streams of those who listen."""
        self._subscriptions.close()

    async def _list_tools(self, ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """The tools that the caller's role allows, by name."""
        if params is not None and params.cursor is not None:
            raise misused("All tools are on one page; ask without a cursor.")
        identity = await self._door.whom(ctx)
        return ListToolsResult(
            tools=[_told(tool, name) for tool, name in self._listed.items() if identity.has(tool.role)],
            ttl_ms=round(_FRESH.total_seconds() * 1000),
            cache_scope="private",
        )

    async def _call_tool(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult | dict[str, Any]:
        """Call a tool. What the model can mend is told in a result, the rest is an error of the protocol."""
        tool = self._tools.get(params.name)
        if tool is None:
            raise misused(f"There is no tool {params.name[:100]!r}. Known: {', '.join(self._listed.values())}.")
        identity = await self._door.whom(ctx)
        call = self._door.call(ctx, identity)
        try:
            identity.require(tool.role)
            arguments = tool.read(params.arguments)
            if tool.follow is not None and wants_task(ctx):
                run = await tool.follow(call, arguments)
                if not run.state.is_over:
                    return self._tasks.created(tool, run)
            return answered(await tool.function(call, arguments))
        except Unauthenticated as error:
            raise protocol_error(error) from None
        except FoliotError as error:
            if error.code == FoliotError.code:
                raise internal() from error
            return refusal(error)
        except Exception:
            _LOG.exception("tool failed", tool=tool.name)
            raise internal() from None

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        tool = self._tools.get(name)
        return None if tool is None else tool.input_schema


def _name(tool: Tool, style: str) -> str:
    return tool.dotted_name if style == "dotted" else tool.name


def _told(tool: Tool, name: str) -> WireTool:
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
