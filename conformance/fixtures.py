"""What the conformance suite expects of a server that it tests: tools, resources and prompts with names of its own.

Those about tasks are jobs of Foliot, so that what is tested is our extension; the rest are constant answers, so that
what is tested is the way of such content through the SDK and our endpoint.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

import foliot
from foliot.domain.errors import PermanentError
from foliot.domain.run import Run
from foliot.service.admission import JobRequest
from foliot.transports.mcp.answers import RunAnswer, run_answer
from foliot.transports.mcp.door import Context
from foliot.transports.mcp.tool import STARTS_WORK, Call, Tool, tool

PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SILENCE: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="

app = foliot.App()


@app.job(name="slow_compute", retry=1)
async def slow_compute_job(seconds: float = 0, label: str = "") -> str:
    """Sleeps."""
    await asyncio.sleep(seconds)
    return label


@app.job(name="failing_job", retry=1)
async def failing_job_job() -> None:
    """Fails."""
    raise PermanentError("It fails, as it should.")


# -- tools of ours, on jobs of ours


class Greeting(msgspec.Struct, frozen=True):
    """Whom to greet."""

    name: str


class Said(msgspec.Struct, frozen=True):
    """A text."""

    text: str


class Slowly(msgspec.Struct, frozen=True):
    """How slow to be."""

    seconds: float = 0
    label: str = ""


class Nothing(msgspec.Struct, frozen=True):
    """No arguments."""


async def _submitted(call: Call, name: str, arguments: msgspec.Struct) -> Run:
    ticket = await call.services.jobs.submit(
        call.identity, JobRequest(type=name, payload=msgspec.json.encode(arguments))
    )
    return await call.services.runs.get(call.identity, ticket.job_id)


async def _slow(call: Call, arguments: Slowly) -> Run:
    return await _submitted(call, "slow_compute", arguments)


async def _failing(call: Call, arguments: Nothing) -> Run:
    return await _submitted(call, "failing_job", arguments)


async def _ended(call: Call, run: Run) -> RunAnswer:
    return run_answer(await call.services.watch.ended(call.identity, run.id), call.now)


@tool("Greet", effects=STARTS_WORK)
async def greet(call: Call, arguments: Greeting) -> Said:
    """Greets, at once."""
    return Said(f"Hello, {arguments.name}!")


@tool("Compute slowly", effects=STARTS_WORK, follow=_slow)
async def slow_compute(call: Call, arguments: Slowly) -> RunAnswer:
    """A job that sleeps."""
    return await _ended(call, await _slow(call, arguments))


@tool("Fail", effects=STARTS_WORK, follow=_failing)
async def failing_job(call: Call, arguments: Nothing) -> RunAnswer:
    """A job that fails."""
    return await _ended(call, await _failing(call, arguments))


TOOLS: Final[Mapping[str, Tool]] = {each.name: each for each in (greet, slow_compute, failing_job)}


# -- constant answers


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _embedded(uri: str, mime_type: str, text: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": text}}


_IMAGE: Final = {"type": "image", "data": PIXEL, "mimeType": "image/png"}
_AUDIO: Final = {"type": "audio", "data": SILENCE, "mimeType": "audio/wav"}

CONTENT: Final[Mapping[str, list[dict[str, Any]]]] = {
    "test_simple_text": [_text("A plain text.")],
    "test_image_content": [_IMAGE],
    "test_audio_content": [_AUDIO],
    "test_embedded_resource": [_embedded("test://embedded-resource", "text/plain", "A text within.")],
    "test_multiple_content_types": [
        _text("A text, an image and a resource:"),
        _IMAGE,
        _embedded("test://mixed-content-resource", "application/json", '{"within": true}'),
    ],
    "test_error_handling": [_text("It fails, as it should.")],
    "test_tool_with_progress": [_text("done")],
    "test_missing_capability": [_text("sampled")],
}

RESOURCES: Final[Mapping[str, dict[str, Any]]] = {
    "test://static-text": {"mimeType": "text/plain", "text": "A text by its URI."},
    "test://static-binary": {"mimeType": "image/png", "blob": PIXEL},
    "test://template/123/data": {
        "mimeType": "application/json",
        "text": '{"id": "123"}',
    },
}


def _messages(name: str, arguments: Mapping[str, str]) -> list[dict[str, Any]] | None:
    match name:
        case "test_simple_prompt":
            contents = [_text("A plain prompt.")]
        case "test_prompt_with_arguments":
            contents = [_text(f"A prompt with arg1='{arguments.get('arg1')}' and arg2='{arguments.get('arg2')}'")]
        case "test_prompt_with_embedded_resource":
            uri = arguments.get("resourceUri", "test://example-resource")
            contents = [
                _embedded(uri, "text/plain", "A text within."),
                _text("Read what is above."),
            ]
        case "test_prompt_with_image":
            contents = [_IMAGE, _text("Look at what is above.")]
        case _:
            return None
    return [{"role": "user", "content": content} for content in contents]


def add_constants(server: Server[Any]) -> None:
    """Let a server answer with these where they are asked for, and as before else."""
    _before(server, "tools/call", _call)
    _before(server, "resources/read", _read)
    _before(server, "prompts/get", _prompt)
    _before(server, "completion/complete", _complete)
    for method in ("resources/subscribe", "resources/unsubscribe"):
        _before(server, method, _watch)


Answer = Callable[[Context, Any], Awaitable[dict[str, Any] | None]]


def _before(server: Server[Any], method: str, answer: Answer) -> None:
    entry = server.get_request_handler(method)
    assert entry is not None

    async def handle(ctx: Context, params: Any) -> Any:
        return await answer(ctx, params) or await entry.handler(ctx, params)

    server.add_request_handler(method, entry.params_type, handle)


async def _call(ctx: Context, params: Any) -> dict[str, Any] | None:
    if params.name == "greet":  # its text is looked at, which would be JSON with ours
        content = [_text(f"Hello, {(params.arguments or {}).get('name')}!")]
        return {"content": content, "structuredContent": content[0], "isError": False, "resultType": "complete"}
    if (content := CONTENT.get(params.name)) is None:  # type: ignore[assignment]  # None is let go at once
        return None
    if params.name == "test_missing_capability":
        declared = ctx.session.client_capabilities
        if declared is None or declared.sampling is None:
            needed: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This needs sampling.", needed)
    if params.name == "test_tool_with_progress":
        for progress in (0, 50, 100):
            await ctx.session.report_progress(progress, 100, f"{progress} of 100")
            await asyncio.sleep(0.05)
    return {"content": content, "isError": params.name == "test_error_handling", "resultType": "complete"}


async def _read(_: Context, params: Any) -> dict[str, Any] | None:
    uri = str(params.uri)
    if (content := RESOURCES.get(uri)) is None:
        return None
    return {"contents": [{"uri": uri, **content}], "ttlMs": 0, "cacheScope": "private", "resultType": "complete"}


async def _prompt(_: Context, params: Any) -> dict[str, Any] | None:
    messages = _messages(params.name, params.arguments or {})
    return None if messages is None else {"messages": messages, "resultType": "complete"}


async def _complete(_: Context, params: Any) -> dict[str, Any] | None:
    if getattr(params.ref, "name", "") != "test_prompt_with_arguments":
        return None
    return {"completion": {"values": ["paris", "park"], "total": 2, "hasMore": False}, "resultType": "complete"}


async def _watch(_: Context, params: Any) -> dict[str, Any] | None:
    return {"_meta": {}} if str(params.uri).startswith("test://") else None
