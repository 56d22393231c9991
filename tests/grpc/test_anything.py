"""Whatever is sent: no crash, and never a fault of ours."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.grpc.client import SERVICE, Client, Refused
from tests.grpc.conftest import House

FAULTS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DATA_LOSS}
RPCS = [method.name for method in SERVICE.methods]
TRIES = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(max_size=30) | st.sampled_from(["any", "greet", "{}", "[1]", "UTC", "@daily", "*", "FREQ=DAILY", "\0"])
numbers = st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 12)
longs = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2_000_000_000)


def values(field: Any) -> st.SearchStrategy[Any]:
    """Anything that a field can hold."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            one: st.SearchStrategy[Any] = texts
        case FieldDescriptor.CPPTYPE_BOOL:
            one = st.booleans()
        case FieldDescriptor.CPPTYPE_INT64:
            one = longs
        case FieldDescriptor.CPPTYPE_DOUBLE:
            one = st.floats()
        case FieldDescriptor.CPPTYPE_MESSAGE:
            one = st.deferred(lambda: messages(GetMessageClass(field.message_type)))
        case _:
            one = numbers
    return st.lists(one, max_size=4) if field.is_repeated else one


def messages(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Anything that a message can say."""

    @st.composite
    def made(draw: st.DrawFn) -> Message:
        fields: list[Any] = list(kind.DESCRIPTOR.fields)
        chosen = draw(st.lists(st.sampled_from(fields), unique_by=lambda field: field.number)) if fields else []
        return kind(**{field.name: draw(values(field)) for field in chosen})

    return made()


async def outcome(client: Client, rpc: str, *sent: Any) -> grpc.StatusCode:
    """How a call ends; what would never end is left after its first answer."""
    method = SERVICE.methods_by_name[rpc]
    call = client.call(rpc, list(sent) if method.client_streaming else sent[0])
    try:
        if method.server_streaming:
            await call.read()
            call.cancel()
        else:
            await call
    except grpc.aio.AioRpcError as error:
        told = Refused(error)
        assert told.code not in FAULTS, (told.code, told.message)
        assert told.reason != "internal"
        return told.code
    return grpc.StatusCode.OK


@pytest.mark.parametrize("rpc", RPCS)
@TRIES
@given(data=st.data())
async def test_any_message_is_answered(house: House, client: Client, rpc: str, data: st.DataObject) -> None:
    kind = GetMessageClass(SERVICE.methods_by_name[rpc].input_type)
    async with asyncio.timeout(20):
        await outcome(client, rpc, data.draw(messages(kind)))


@pytest.mark.parametrize("rpc", RPCS)
@TRIES
@given(body=st.binary(max_size=200))
async def test_any_bytes_are_answered(house: House, client: Client, rpc: str, body: bytes) -> None:
    async with asyncio.timeout(20):
        await outcome(client, rpc, body)


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff", b"\x0a\x03\x12\x01\xff", b"\x0a\x04\x12\x02\xc3\x28"])
async def test_what_is_no_message_is_an_invalid_argument(client: Client, body: bytes) -> None:
    assert await outcome(client, "SubmitJob", body) is grpc.StatusCode.INVALID_ARGUMENT
    assert await outcome(client, "SubmitJobs", body) is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("rpc", RPCS)
async def test_no_message_at_all_is_no_fault_of_ours(client: Client, rpc: str) -> None:
    """A caller that ends its side without having sent what the RPC takes."""
    method = SERVICE.methods_by_name[rpc]
    if method.client_streaming:
        return

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield

    call = client.channel.stream_stream(f"/{SERVICE.full_name}/{rpc}", None, None)(
        nothing(), metadata=client.metadata, timeout=5
    )
    with pytest.raises(grpc.aio.AioRpcError) as told:
        await call.read()
    assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame of HTTP/2, whatever is in it, that may lie about its length."""
    body = draw(st.binary(max_size=60))
    length = draw(st.just(len(body)) | st.integers(0, 2**24 - 1))
    kind, flags = draw(st.integers(0, 12)), draw(st.integers(0, 255))
    return length.to_bytes(3, "big") + bytes([kind, flags]) + struct.pack("!I", draw(st.integers(0, 9))) + body


@settings(TRIES, max_examples=100)
@given(start=st.sampled_from([b"", PREFACE, PREFACE + SETTINGS]), sent=st.lists(frames(), max_size=8))
async def test_any_frames_leave_the_server_well(house: House, client: Client, start: bytes, sent: list[bytes]) -> None:
    host, _, port = house.target.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(start + b"".join(sent))
    if writer.can_write_eof():
        writer.write_eof()
    try:
        async with asyncio.timeout(2):
            while await reader.read(65536):
                pass
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    assert await outcome(client, "ListJobTypes", b"") is grpc.StatusCode.OK
