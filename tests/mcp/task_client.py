"""A client's side of the tasks extension, as the SDK lets one be written: tasks are kept, not resolved."""

from typing import Any, Literal

from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp_types import CallToolResult, Request, RequestParams, Result

from foliot.transports.mcp.tasks import EXTENSION


class CreatedTask(Result):
    """The answer to a call that became a task."""

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    ttl_ms: int | None
    poll_interval_ms: int | None = None
    created_at: str
    last_updated_at: str
    status_message: str | None = None


class DetailedTask(Result):
    """How a task stands."""

    task_id: str
    status: str
    ttl_ms: int | None
    created_at: str
    last_updated_at: str
    result: dict[str, Any] | None = None


class TaskParams(RequestParams):
    """Names a task."""

    task_id: str
    input_responses: dict[str, Any] | None = None


class TaskRequest(Request[TaskParams, str]):
    """A request about a task; over HTTP its id is in a header too."""

    name_param = "taskId"


class KeepsTasks(ClientExtension):
    """Declares the extension."""

    identifier = EXTENSION

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=CreatedTask, resolve=_unresolved)]


async def _unresolved(task: CreatedTask, context: ClaimContext) -> CallToolResult:
    raise AssertionError(f"{task.task_id} of {context.tool_name} was to be kept")


async def task_of(client: Client, tool: str, **arguments: Any) -> CreatedTask:
    """The task that a call became."""
    result = await client.session.call_tool(tool, arguments, allow_claimed=True)
    assert isinstance(result, CreatedTask), result
    return result


async def ask(client: Client, verb: str, task_id: str, **more: Any) -> DetailedTask:
    """`tasks/get`."""
    request = TaskRequest(method=f"tasks/{verb}", params=TaskParams(task_id=task_id, **more))
    return await client.session.send_request(request, DetailedTask)


async def tell(client: Client, verb: str, task_id: str, **more: Any) -> None:
    """`tasks/cancel` and `tasks/update`, which are just acknowledged."""
    request = TaskRequest(method=f"tasks/{verb}", params=TaskParams(task_id=task_id, **more))
    await client.session.send_request(request, Result)
