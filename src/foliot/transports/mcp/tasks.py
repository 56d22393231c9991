"""The extension `io.modelcontextprotocol/tasks`: a call that starts or awaits a run can be answered with a task.

A task is a run under another name: its id says which run and which tool, its state is told from the run's, and so it is
durable before it is answered, known in every process, and forgotten with the run. Nothing is stored for it. Should the
SDK bring a runtime of its own, this file is what it replaces.
"""

from datetime import datetime
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import HEADER_MISMATCH, METHOD_NOT_FOUND, MISSING_REQUIRED_CLIENT_CAPABILITY, RequestParams
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from foliot.domain.errors import FoliotError
from foliot.domain.identity import Identity
from foliot.domain.ids import is_id
from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.transports.mcp.answers import run_answer
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.refusals import misused, protocol_error
from foliot.transports.mcp.results import answered
from foliot.transports.mcp.tool import Tool

EXTENSION: Final = "io.modelcontextprotocol/tasks"

_SOON_MS: Final = 500
_LATER_MS: Final = 5_000
_ENDINGS: Final = {
    RunState.SUCCEEDED: "completed",
    RunState.FAILED: "completed",  # `failed` is for errors of the protocol: this one is in the result
    RunState.CANCELLED: "cancelled",
    RunState.EXPIRED: "cancelled",
    RunState.SKIPPED: "cancelled",
}


class TaskParams(RequestParams):
    """Names a task."""

    task_id: str


class TaskUpdateParams(TaskParams):
    """Answers what a task has asked for. Ours ask nothing."""

    input_responses: dict[str, Any] | None = None


def wants_task(ctx: Context) -> bool:
    """Whether this request may be answered with a task."""
    declared = ctx.session.client_capabilities
    return (
        ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        and declared is not None
        and EXTENSION in (declared.extensions or {})
    )


class Tasks:
    """The requests about tasks.

    Args:
        kept_seconds: how long a run is kept at least, from its creation on.
    """

    def __init__(self, door: Door, tools: dict[str, Tool], kept_seconds: float) -> None:
        self._door = door
        self._tools = tools
        self._kept_ms = round(kept_seconds * 1000)

    def serve(self, server: Server[Any]) -> None:
        """Offer the extension on a server."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", TaskParams, self.get)
        server.add_request_handler("tasks/update", TaskUpdateParams, self.update)
        server.add_request_handler("tasks/cancel", TaskParams, self.cancel)

    def created(self, tool: Tool, run: Run) -> dict[str, Any]:
        """The answer to a call that became a task."""
        return {"resultType": "task", **self._told(tool, run)}

    async def get(self, ctx: Context, params: TaskParams) -> dict[str, Any]:
        """How a task stands, with the result of its call once it is over."""
        identity = await self._admitted(ctx, params)
        tool, run = await self._found(identity, params.task_id)
        told = self._told(tool, run)
        if told["status"] == "completed":
            answer = run_answer(run, self._door.clock.now())
            result = answered(answer, is_error=run.state is RunState.FAILED)
            told["result"] = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return told

    async def update(self, ctx: Context, params: TaskUpdateParams) -> dict[str, Any]:
        """Answers to questions that no task has asked: ignored."""
        await self._found(await self._admitted(ctx, params), params.task_id)
        return {}

    async def cancel(self, ctx: Context, params: TaskParams) -> dict[str, Any]:
        """Cancel the run that a call has started. A run that a call just waits for goes on."""
        identity = await self._admitted(ctx, params)
        tool, run = await self._found(identity, params.task_id)
        if not tool.effects.reads:
            try:
                await self._door.services.runs.cancel(identity, run.id)
            except FoliotError as error:
                raise protocol_error(error) from None
        return {}

    async def _admitted(self, ctx: Context, params: TaskParams) -> Identity:
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            raise MCPError(METHOD_NOT_FOUND, "Method not found", ctx.method)
        if not wants_task(ctx):
            raise MCPError(
                MISSING_REQUIRED_CLIENT_CAPABILITY,
                f"Declare the extension {EXTENSION} to use tasks.",
                {"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
            )
        if ctx.request is not None:
            named = decode_header_value(ctx.request.headers.get(MCP_NAME_HEADER))
            if named != params.task_id:
                raise MCPError(HEADER_MISMATCH, f"The header Mcp-Name is {named!r}; it must be the taskId.")
        return await self._door.whom(ctx)

    async def _found(self, identity: Identity, task_id: str) -> tuple[Tool, Run]:
        name, _, run_id = task_id.partition(".")
        tool = self._tools.get(name)
        if tool is None or tool.follow is None or not is_id(run_id):
            raise misused(f"There is no task {task_id[:100]!r}.")
        try:
            return tool, await self._door.services.runs.get(identity, run_id)
        except FoliotError as error:
            raise protocol_error(error) from None

    def _told(self, tool: Tool, run: Run) -> dict[str, Any]:
        status = _ENDINGS.get(run.state, "working")
        told: dict[str, Any] = {
            "taskId": f"{tool.name}.{run.id}",
            "status": status,
            "createdAt": _stamp(run.created_at),
            "lastUpdatedAt": _stamp(run.finished_at or run.started_at or run.queued_at or run.created_at),
            "ttlMs": self._kept_ms,
            "statusMessage": _said(run),
        }
        if status == "working":
            soon = run.state in (RunState.QUEUED, RunState.RUNNING)
            told["pollIntervalMs"] = _SOON_MS if soon else _LATER_MS
        return told


def _said(run: Run) -> str:
    if run.progress is not None and run.state is RunState.RUNNING:
        return f"{run.progress.fraction:.0%} {run.progress.message}".strip()
    return f"The run {run.id} is {run.state.value}."


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
