"""A client of the services, made from their descriptors: our own stack, against a real port."""

from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc.aio import EOF  # type: ignore[attr-defined]  # the stubs have only its type

from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2

SERVICE = scheduler_pb2.DESCRIPTOR.services_by_name["SchedulerService"]


class Client:
    """Calls RPCs by their names, with one key."""

    def __init__(self, target: str, key: str | None, credentials: grpc.ChannelCredentials | None = None) -> None:
        self.channel = (
            grpc.aio.insecure_channel(target) if credentials is None else grpc.aio.secure_channel(target, credentials)
        )
        self.metadata: Sequence[tuple[str, str]] = () if key is None else (("authorization", f"Bearer {key}"),)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close(None)

    def call(self, rpc: str, message: Any = None, *, metadata: Iterable[tuple[str, str]] = (), **options: Any) -> Any:
        """The call of an RPC: awaited for its response, or iterated over where the server streams.

        `message` is a request, a list of requests where the caller streams, or the fields of one.
        """
        method = SERVICE.methods_by_name[rpc]
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        kinds: dict[tuple[bool, bool], Any] = {
            (False, False): self.channel.unary_unary,
            (False, True): self.channel.unary_stream,
            (True, False): self.channel.stream_unary,
        }
        made = kinds[method.client_streaming, method.server_streaming](
            f"/{SERVICE.full_name}/{rpc}",
            request_serializer=lambda sent: sent if isinstance(sent, bytes) else sent.SerializeToString(),
            response_deserializer=response.FromString,
        )
        if message is None or isinstance(message, dict):
            message = request(**(message or {}))
        return made(message, metadata=(*self.metadata, *metadata), **options)


class Refused(Exception):
    """What a call was refused with, its details unpacked."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        super().__init__(error.code(), error.details())
        self.code = error.code()
        self.message = error.details() or ""
        told: Any = error.trailing_metadata()
        trailing: dict[str, Any] = dict(told)
        self.request_id = trailing.get("x-request-id")
        self.reason, self.domain = "", ""
        self.fields: list[str] = []
        self.retry_after: float | None = None
        self.status = Status.FromString(trailing.get("grpc-status-details-bin", b""))
        for detail in self.status.details:
            self._unpack(detail)

    def _unpack(self, detail: Any) -> None:
        info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
        if detail.Unpack(info):
            self.reason, self.domain = info.reason, info.domain
        elif detail.Unpack(bad):
            self.fields = [violation.field for violation in bad.field_violations]
        elif detail.Unpack(retry):
            self.retry_after = retry.retry_delay.ToTimedelta().total_seconds()


async def refused(call: Any) -> Refused:
    """How a call is refused, one that streams also after it has begun."""
    try:
        if isinstance(call, grpc.aio.UnaryStreamCall):
            await every(call)
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return Refused(error)
    raise AssertionError("it was not refused")


async def every(call: Any) -> list[Any]:
    """All that a stream brings, or what it brings beside what was read of it already."""
    messages = []
    while (message := await call.read()) is not EOF:
        messages.append(message)
    return messages
