"""Jobs over one gRPC connection: in a stream, or a call each."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc

from bench.options import BenchError
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb

_JOB: Final = job_pb2.Job(
    type="foliot.echo", payload_json='{"message":{"to":"someone@example.com","n":12345,"body":"xxxxxxxx"}}'
)
_SERVICE: Final = "/scheduler.v1.SchedulerService/"


async def streamed_per_second(port: int, key: str, jobs: int, size: int) -> float:
    """Jobs per second of one stream of so many, `size` to a message, from its beginning until all are stored."""
    message = pb.SubmitJobsRequest(jobs=[_JOB] * size).SerializeToString()

    async def messages() -> AsyncIterator[bytes]:
        for _ in range(jobs // size):
            yield message

    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        begun = time.perf_counter()
        call: Any = channel.stream_unary(f"{_SERVICE}SubmitJobs", None, pb.SubmitJobsResponse.FromString)
        answer = await call(messages(), metadata=_metadata(key))
        seconds = time.perf_counter() - begun
    if answer.created != jobs // size * size:
        raise BenchError(f"A stream was answered with {answer}")
    return float(answer.created / seconds)


async def called_per_second(port: int, key: str, callers: int, seconds: float) -> float:
    """Calls per second, each of which stores a job, of so many callers at once."""
    message, calls = pb.SubmitJobRequest(job=_JOB).SerializeToString(), 0
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: Any = channel.unary_unary(f"{_SERVICE}SubmitJob", None, pb.SubmitJobResponse.FromString)
        begun = time.perf_counter()

        async def caller() -> None:
            nonlocal calls
            while time.perf_counter() < begun + seconds:
                await call(message, metadata=_metadata(key))
                calls += 1

        await asyncio.gather(*(caller() for _ in range(callers)))
        return calls / (time.perf_counter() - begun)


def _metadata(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)
