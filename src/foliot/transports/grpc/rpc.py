"""How an operation is declared, and how all operations of a service are bound to what the .proto file says of it.

An operation is a function of the name of its RPC, `get_job` for `GetJob`. It gets a `Call` and the request, or an
iterator of requests where the caller streams; it returns the response, or yields responses where the server streams.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from functools import partial
from typing import Any, Final

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc.aio import EOF  # type: ignore[attr-defined]  # the stubs have only its type
from structlog.contextvars import bound_contextvars

from foliot.domain.errors import InvalidRequest
from foliot.service.services import Services
from foliot.transports.grpc.call import Call, Context, identity_of, request_id_of
from foliot.transports.grpc.problems import refusal_of
from foliot.transports.grpc.streams import Stream, Streams

Operation = Callable[[Call, Any], Any]

_log: Final = structlog.get_logger("foliot.grpc")


class Servicer:
    """A service of a .proto file, and the functions that are its operations."""

    def __init__(self, service: ServiceDescriptor, operations: Iterable[Operation]) -> None:
        self.name: str = service.full_name
        self._methods = {method.name: method for method in service.methods}
        self._operations = {_rpc_name(operation): operation for operation in operations}
        if self._methods.keys() != self._operations.keys():
            odd = sorted(self._methods.keys() ^ self._operations.keys())
            raise TypeError(f"{self.name}: not both in the .proto file and among the operations: {', '.join(odd)}.")

    def handler(self, services: Services, streams: Streams) -> "grpc.GenericRpcHandler[Any, Any]":
        """The service as grpcio serves it."""
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            name: _Bound(method, self._operations[name], services, streams).handler()
            for name, method in self._methods.items()
        }
        return grpc.method_handlers_generic_handler(self.name, handlers)


class _Bound:
    """One operation. Requests are parsed here and not by grpcio, which calls malformed ones a fault of ours."""

    def __init__(self, method: MethodDescriptor, operation: Operation, services: Services, streams: Streams) -> None:
        self._method = method
        self._request: type[Message] = GetMessageClass(method.input_type)
        self._operation = operation
        self._services = services
        self._streams = streams

    def handler(self) -> "grpc.RpcMethodHandler[Any, Any]":
        """All requests are read as streams, which is the same on the wire: grpcio never ends a call that has none."""
        match self._method.client_streaming, self._method.server_streaming:
            case False, False:
                return grpc.stream_unary_rpc_method_handler(self._answer, None, _serialized)
            case False, True:
                return grpc.stream_stream_rpc_method_handler(self._stream, None, _serialized)
            case True, False:
                return grpc.stream_unary_rpc_method_handler(self._gather, None, _serialized)
            case _:
                return grpc.stream_stream_rpc_method_handler(self._converse, None, _serialized)

    async def _answer(self, _: object, context: Context) -> Any:
        async with self._serving(context) as call:
            return await self._operation(call, await self._only(context))

    async def _stream(self, _: object, context: Context) -> None:
        async with self._serving(context) as call:
            with self._streams.one() as stream:
                await _write_all(stream, context, self._operation(call, await self._only(context)))

    async def _gather(self, requests: AsyncIterator[bytes], context: Context) -> Any:
        async with self._serving(context) as call:
            with self._streams.one():
                return await self._operation(call, self._each(requests))

    async def _converse(self, requests: AsyncIterator[bytes], context: Context) -> None:
        async with self._serving(context) as call:
            with self._streams.one() as stream:
                await _write_all(stream, context, self._operation(call, self._each(requests)))

    async def _each(self, requests: AsyncIterator[bytes]) -> AsyncIterator[Message]:
        async for data in requests:
            yield self._read(data)

    async def _only(self, context: Context) -> Message:
        """The request of a call that has one."""
        data = await context.read()
        if data is EOF:
            raise InvalidRequest(f"The call has no message; send a {self._method.input_type.full_name}.")
        return self._read(data)

    def _read(self, data: bytes) -> Message:
        try:
            return self._request.FromString(data)
        except DecodeError:
            name = self._method.input_type.full_name
            raise InvalidRequest(f"This is no {name}; send one as the .proto file has it.") from None

    @contextlib.asynccontextmanager
    async def _serving(self, context: Context) -> AsyncIterator[Call]:
        """Knows who calls, and turns whatever is raised into its status; what nobody foresaw is logged whole."""
        request_id = request_id_of(context)
        with bound_contextvars(request_id=request_id):
            try:
                context.set_trailing_metadata((("x-request-id", request_id),))
                again = partial(identity_of, context, self._services)
                yield Call(self._services, await again(), again)
            except Exception as error:
                refusal = refusal_of(error, request_id)
                if refusal.code is grpc.StatusCode.INTERNAL:
                    _log.error("call failed", request_id=request_id, method=self._method.full_name, exc_info=error)
                told = (("x-request-id", request_id), ("grpc-status-details-bin", refusal.details))
                await context.abort(refusal.code, refusal.message, told)


async def _write_all(stream: Stream, context: Context, responses: AsyncGenerator[Message, None]) -> None:
    async with contextlib.aclosing(responses):
        async for response in responses:
            await stream.write(context, response)


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _rpc_name(operation: Operation) -> str:
    return "".join(word.capitalize() for word in operation.__name__.split("_"))
