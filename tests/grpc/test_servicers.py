"""Binding operations to the services that .proto files describe."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf import wrappers_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc.aio import EOF  # type: ignore[attr-defined]  # the stubs have only its type

from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.rpc import Servicer
from tests.grpc.client import SERVICE
from tests.grpc.conftest import House


def both_ways() -> Any:
    """A service that echoes: its RPC takes a stream of texts and answers with one."""
    pool = DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = FileDescriptorProto(name="echo.proto", package="test", dependency=[wrappers_pb2.DESCRIPTOR.name])
    text = ".google.protobuf.StringValue"
    file.service.add(name="Echo").method.add(
        name="EchoAll", input_type=text, output_type=text, client_streaming=True, server_streaming=True
    )
    pool.Add(file)
    return pool.FindServiceByName("test.Echo")


async def echo_all(call: Call, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield type(request)(value=f"{request.value} for {call.identity.user_id}")


async def test_another_service_may_stream_both_ways(house: House) -> None:
    server = GrpcServer(house.services, Settings(), [Servicer(both_ways(), [echo_all])])
    port = await server.start(0)
    async with house.client(target=f"127.0.0.1:{port}") as client:
        talk: Any = client.channel.stream_stream("/test.Echo/EchoAll", None, wrappers_pb2.StringValue.FromString)
        call = talk(metadata=client.metadata)
        for value in ("one", "two"):
            await call.write(wrappers_pb2.StringValue(value=value).SerializeToString())
            assert (await call.read()).value == f"{value} for acme-operator"
        await call.done_writing()
        assert await call.read() is EOF
    await server.stop(0)


def test_a_service_that_is_not_whole_does_not_come_up() -> None:
    with pytest.raises(TypeError, match="ListJobs"):
        Servicer(SERVICE, [])
    with pytest.raises(TypeError, match="EchoAll"):
        Servicer(SERVICE, [echo_all])
