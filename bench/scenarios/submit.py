"""How fast jobs are taken in: one caller, many at once, many in one call. Nobody works on them."""

import asyncio
import time
from collections.abc import Generator
from typing import Final

import uvloop

from bench.application import Application
from bench.board import Board
from bench.result import Result
from bench.roles import BULK
from bench.workbench import Workbench
from foliot import Settings

_CALLERS: Final = 64


def submit(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each way to submit."""
    seconds = bench.options.seconds / 2
    ways = (
        ("submit, 1 caller", 1, 1),
        (f"submit, {_CALLERS} callers", _CALLERS, 1),
        (f"submit, bulks of {BULK}", 1, BULK),
    )
    for name, callers, size in ways:
        with bench.fresh() as database, bench.progress.doing(name):
            per_second = uvloop.run(_submits_per_second(bench.settings(database), callers, size, seconds))
        yield bench.row(name, seconds=seconds, submit_per_s=per_second, workers=0)


async def _submits_per_second(settings: Settings, callers: int, size: int, seconds: float) -> float:
    jobs = 0

    async def caller() -> None:
        nonlocal jobs
        while time.perf_counter() < stop:
            await application.submit(size)
            jobs += size

    async with Application(settings, Board(), 0) as application:
        begun = time.perf_counter()
        stop = begun + seconds
        await asyncio.gather(*(caller() for _ in range(callers)))
        return jobs / (time.perf_counter() - begun)
