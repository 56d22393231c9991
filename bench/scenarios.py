"""What is measured through the public SDK, in one process: submitting, draining, both at once, and an idle worker."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import foliot
from foliot.domain.page import PageRequest
from foliot.ports import RunFilter

BULK: Final = 500
_AHEAD: Final = 5_000
_PRODUCERS: Final = 4
_CONCURRENCY: Final = 1_000
_SAMPLE_PAGES: Final = 20


class Bench:
    """An application whose one job type does nothing, on a fresh database."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self.path = path
        self.app = foliot.App(
            settings=foliot.Settings(
                database_url=f"sqlite:///{path}", sqlite_synchronous=synchronous, concurrency=_CONCURRENCY,
                log_level="error",
            )
        )  # fmt: skip
        self.done = 0

        @self.app.job()
        async def noop(to: str, subject: str, n: int, body: str) -> dict[str, bool]:
            self.done += 1
            return {"ok": True}

        self.noop = noop

    def call(self) -> Any:
        """One job, of 92 bytes of payload."""
        return self.noop.call("someone@example.com", "hello", 12345, "x" * 26)

    async def submit_one(self) -> None:
        """Submit one job."""
        await self.app.submit_many([self.call()])

    async def submit_bulk(self) -> None:
        """Submit 500 jobs in one call."""
        await self.app.submit_many([self.call() for _ in range(BULK)])

    async def all_done(self, count: int) -> None:
        """Return when so many have been executed, and their outcomes are stored."""
        while self.done < count:
            await asyncio.sleep(0.002)
        system = await self.app.system()
        while any(row.count for row in (await system.store.stats()).depths):
            await asyncio.sleep(0.002)

    async def timings(self) -> tuple[list[float], list[float]]:
        """Submit to start and submit to finish, in seconds, of the latest runs."""
        system = await self.app.system()
        starts, finishes, cursor = [], [], None
        for _ in range(_SAMPLE_PAGES):
            page = await system.services.runs.page(system.identity, RunFilter(), PageRequest(500, cursor))
            for run in page.items:
                if run.queued_at and run.started_at and run.finished_at:
                    starts.append((run.started_at - run.queued_at).total_seconds())
                    finishes.append((run.finished_at - run.queued_at).total_seconds())
            if (cursor := page.next_cursor) is None:
                break
        return starts, finishes


@asynccontextmanager
async def opened(path: Path, synchronous: str, *, working: bool) -> AsyncIterator[Bench]:
    """A bench, with or without a worker."""
    bench = Bench(path, synchronous)
    async with bench.app:
        if working:
            async with bench.app.working():
                yield bench
        else:
            yield bench


async def submitting(bench: Bench, submit: Callable[[], Awaitable[None]], callers: int, seconds: float) -> float:
    """Calls of `submit` per second, by so many callers that each wait for their answer."""
    calls, stop = 0, time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal calls
        while time.perf_counter() < stop:
            await submit()
            calls += 1

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return calls / (time.perf_counter() - begun)


async def draining(bench: Bench, count: int) -> float:
    """Jobs executed per second from a backlog of `count`."""
    for _ in range(count // BULK):
        await bench.submit_bulk()
    begun = time.perf_counter()
    async with bench.app.working():
        await bench.all_done(count)
        return count / (time.perf_counter() - begun)


async def sustaining(bench: Bench, seconds: float) -> float:
    """Jobs per second submitted, executed and stored at once, with some 5,000 on the way."""
    sent, begun = 0, time.perf_counter()

    async def produce() -> None:
        nonlocal sent
        while time.perf_counter() - begun < seconds:
            if sent - bench.done > _AHEAD:
                await asyncio.sleep(0.001)
                continue
            sent += BULK
            await bench.submit_bulk()

    await asyncio.gather(*(produce() for _ in range(_PRODUCERS)))
    await bench.all_done(sent)
    return sent / (time.perf_counter() - begun)


async def idling(bench: Bench, seconds: float) -> None:
    """Some twenty jobs a second, one by one, to a worker that has nothing else to do."""
    stop = time.perf_counter() + seconds
    sent = 0
    while time.perf_counter() < stop:
        await bench.submit_one()
        sent += 1
        await asyncio.sleep(0.05)
    await bench.all_done(sent)
