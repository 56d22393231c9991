"""Requests over kept-alive connections, each waiting for its answer."""

import asyncio
import re
import time
from typing import Final

from bench.options import BenchError

_JOB: Final = b'{"type":"foliot.echo","payload":{"message":{"to":"someone@example.com","n":12345,"body":"xxxxxxxx"}}}'
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


async def submits_per_second(port: int, request: bytes, connections: int, seconds: float) -> float:
    """Answers per second, all of which say that the jobs are stored."""
    answers, begun = 0, time.perf_counter()

    async def caller() -> None:
        nonlocal answers
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while time.perf_counter() < begun + seconds:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                is_whole = head.startswith(b"HTTP/1.1 201") or _ALL_ACCEPTED.search(body)
                if not is_whole:
                    raise BenchError(f"A submit was answered with {(head + body)[:1000].decode(errors='replace')}")
                answers += 1
        finally:
            writer.close()

    await asyncio.gather(*(caller() for _ in range(connections)))
    return answers / (time.perf_counter() - begun)
