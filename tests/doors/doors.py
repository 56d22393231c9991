"""The four doors as the tables need them: each asks for something in its own way, and tells what came of it."""

import contextlib
import io
import json
import shlex
from collections.abc import Mapping
from typing import Any, Protocol

import grpc
import httpx2
import msgspec
import pytest
from google.protobuf.json_format import MessageToJson, ParseDict
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from foliot.transports.cli.app import run_cli
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2
from foliot.wiring.launcher import ProcessLauncher
from tests.doors.house import House

SERVICE = scheduler_pb2.DESCRIPTOR.services_by_name["SchedulerService"]
ERA = "2026-07-28"


class Http:
    """A request: its first line, its body, its headers."""

    def __init__(self, line: str, body: Any = None, **headers: str) -> None:
        self.parts = {"line": line, "body": body, "headers": headers}


class Shell:
    """A command line, without the program's name, and what is typed into it."""

    def __init__(self, line: str, typed: str = "") -> None:
        self.parts = {"line": line, "typed": typed}


class Tool:
    """A call of an MCP tool."""

    def __init__(self, name: str, /, **arguments: Any) -> None:
        self.parts = {"name": name, "arguments": arguments}


class Rpc:
    """A call of a gRPC method, its message in JSON; a list of messages where the caller streams."""

    def __init__(self, name: str, /, *messages: Any, **message: Any) -> None:
        self.parts = {"name": name, "messages": list(messages) or [message]}


class Lacks(msgspec.Struct, frozen=True):
    """It cannot be asked at this door, and why that is meant."""

    why: str


Way = Http | Shell | Tool | Rpc
Ways = Mapping[str, Way | Lacks]
DOORS = ("http", "shell", "mcp", "grpc")


class Answer(msgspec.Struct, frozen=True):
    """What came back: the code of the error, if it is one, and all that was said."""

    code: str | None
    text: str
    exit: int | None = None


def filled(part: Any, names: Mapping[str, str]) -> Any:
    """A part of a way, with what stands for `<name>` in it."""
    if isinstance(part, str):
        for name, value in names.items():
            part = part.replace(f"<{name}>", value)
        return part
    if isinstance(part, Mapping):
        return {key: filled(value, names) for key, value in part.items()}
    return [filled(each, names) for each in part] if isinstance(part, list) else part


class Door(Protocol):
    """Where something can be asked."""

    def ask(self, key: str, **parts: Any) -> Answer: ...


class HttpDoor:
    """HTTP/1.1."""

    def __init__(self, house: House, client: httpx2.Client) -> None:
        self._house = house
        self._client = client

    def ask(self, key: str, *, line: str, body: Any, headers: Mapping[str, str]) -> Answer:
        method, path = line.split(" ", 1)
        sent = {"authorization": f"Bearer {key}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        is_text = isinstance(body, str)
        with self._client.stream(
            method, self._house.url + path, headers=sent,
            content=body.encode() if is_text else None, json=None if is_text else body,
        ) as answer:  # fmt: skip
            text = answer.read().decode()
        return Answer(json.loads(text)["code"] if answer.status_code >= 400 else None, text)


class ShellDoor:
    """The command line, which asks the server."""

    def __init__(self, house: House) -> None:
        self._house = house

    def ask(self, key: str, *, line: str, typed: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            argv = ["--json", "--url", self._house.url, "--key", key, *shlex.split(line)]
            exit_code = run_cli(ProcessLauncher(), argv)
        text = out.getvalue()
        said = err.getvalue()
        return Answer(json.loads(said)["error"]["code"] if said else None, text + said, exit_code)


class McpDoor:
    """/mcp beside the API; what tools refuse is `CODE: words`."""

    def __init__(self, house: House, client: httpx2.Client) -> None:
        self._house = house
        self._client = client

    def ask(self, key: str, *, name: str, arguments: Mapping[str, Any]) -> Answer:
        meta = {"io.modelcontextprotocol/protocolVersion": ERA, "io.modelcontextprotocol/clientCapabilities": {}}
        params = {"name": name, "arguments": arguments, "_meta": meta}
        headers = {
            "authorization": f"Bearer {key}", "accept": "application/json, text/event-stream",
            "mcp-protocol-version": ERA, "mcp-method": "tools/call", "mcp-name": name,
        }  # fmt: skip
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = self._client.post(f"{self._house.url}/mcp", json=body, headers=headers)
        if "code" in (told := answer.json()):
            return Answer(told["code"], answer.text)
        result = told["result"]
        text = "".join(content["text"] for content in result["content"])
        return Answer(text.partition(":")[0].lower() if result.get("isError") else None, text)


class GrpcDoor:
    """gRPC; what is refused has its reason in ErrorInfo."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def ask(self, key: str, *, name: str, messages: list[Any]) -> Answer:
        method = SERVICE.methods_by_name[name]
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        sent = [ParseDict(message, request()) for message in messages]
        kind = ("stream" if method.client_streaming else "unary", "stream" if method.server_streaming else "unary")
        call: Any = getattr(self._channel, "_".join(kind))(
            f"/{SERVICE.full_name}/{name}",
            request_serializer=request.SerializeToString, response_deserializer=response.FromString,
        )  # fmt: skip
        try:
            came = call(
                iter(sent) if method.client_streaming else sent[0],
                metadata=(("authorization", f"Bearer {key}"),), timeout=10,
            )  # fmt: skip
            answers = list(came) if method.server_streaming else [came]
        except grpc.RpcError as error:
            return _refusal(error)
        return Answer(None, "".join(map(MessageToJson, answers)))


def _refusal(error: Any) -> Answer:
    status = Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    return Answer(info.reason, error.details())


@contextlib.contextmanager
def all_of(house: House) -> Any:
    """All doors of a house, by their names."""
    with httpx2.Client(timeout=20) as client, grpc.insecure_channel(house.target) as channel:
        yield {
            "http": HttpDoor(house, client),
            "shell": ShellDoor(house),
            "mcp": McpDoor(house, client),
            "grpc": GrpcDoor(channel),
        }
