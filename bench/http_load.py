"""Requests over kept-alive connections, each waiting for its answer."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from bench.options import BenchError

_JOB: Final = b'{"type":"foliot.echo","payload":{"message":{"to":"someone@example.com","n":12345,"body":"xxxxxxxx"}}}'
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
_ALL_ACCEPTED: Final = re.compile(rb'"existing":0,"updated":0,"rejected":0')


def one_job(key: str) -> bytes:
    """The request that submits a job."""
    return _request("/v1/jobs", key, _JOB)


def batch_of(size: int, key: str) -> bytes:
    """The request that submits so many."""
    return _request("/v1/jobs:batch", key, b'{"jobs":[' + b",".join([_JOB] * size) + b"]}")


def _request(path: str, key: str, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Load(msgspec.Struct, frozen=True):
    """How many requests were answered in a second, and how long each took."""

    per_second: float
    answer_seconds: Sequence[float]


async def submit_for(seconds: float, port: int, request: bytes, connections: int) -> Load:
    """Send requests for so long; all answers must say that the jobs are stored."""
    loop = asyncio.get_running_loop()
    answer_seconds: list[float] = []
    begun = time.perf_counter()
    callers: list[_Caller] = []
    for _ in range(connections):
        transport, caller = await loop.create_connection(
            lambda: _Caller(request, begun + seconds, answer_seconds), "127.0.0.1", port
        )
        callers.append(caller)
        caller.ask(transport)
    await asyncio.gather(*(caller.done for caller in callers))
    return Load(len(answer_seconds) / (time.perf_counter() - begun), answer_seconds)


class _Caller(asyncio.Protocol):
    """A connection that asks anew as soon as it is answered, and leaves the processor to the server."""

    def __init__(self, request: bytes, until: float, answer_seconds: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._until = until
        self._answer_seconds = answer_seconds
        self._answer = b""
        self._asked_at = 0.0

    def ask(self, transport: asyncio.Transport) -> None:
        """Begin."""
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, _, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        now = time.perf_counter()
        if not (head.startswith(b"HTTP/1.1 201") or _ALL_ACCEPTED.search(body)):
            told = self._answer[:1000].decode(errors="replace")
            self._end(BenchError(f"A submit was answered with {told}"))
            return
        self._answer_seconds.append(now - self._asked_at)
        self._answer = b""
        if now < self._until:
            self._ask()
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(BenchError(f"The server hung up: {error}"))

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(self._request)

    def _end(self, error: BenchError | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()
