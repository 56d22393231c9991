"""Taking in a stream: what has come is stored while more comes, in batches that grow with the load."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from foliot.transports.grpc.generated.scheduler.v1 import job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb

LARGEST_BATCH: Final = 1_000
MOST_WAITING: Final = 4_000
"""So many jobs may wait for the store before no more are read: the caller is slowed down by the flow control."""


class Intake:
    """Reads and stores at the same time, in the order in which jobs come.

    Args:
        store: stores a batch; what it raises ends the call.
    """

    def __init__(self, store: Callable[[Sequence[job_pb2.Job]], Awaitable[None]]) -> None:
        self._store = store
        self._waiting: list[job_pb2.Job] = []
        self._is_over = False
        self._came = asyncio.Event()
        self._left = asyncio.Event()

    async def take(self, requests: AsyncIterator[pb.SubmitJobsRequest]) -> None:
        """Store all that comes, until the stream ends."""
        reading = asyncio.create_task(self._read(requests), name="intake-read")
        storing = asyncio.create_task(self._store_all(), name="intake-store")
        both = (reading, storing)
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)

    async def _read(self, requests: AsyncIterator[pb.SubmitJobsRequest]) -> None:
        async for request in requests:
            self._waiting += request.jobs
            self._came.set()
            while len(self._waiting) > MOST_WAITING:
                self._left.clear()
                await self._left.wait()
        self._is_over = True
        self._came.set()

    async def _store_all(self) -> None:
        while not self._is_over or self._waiting:
            if not self._waiting:
                self._came.clear()
                await self._came.wait()
                continue
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            self._left.set()
            await self._store(batch)
