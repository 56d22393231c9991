"""How fast a backlog is worked off, at its beginning and at its end."""

import asyncio
import time
from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import uvloop

from bench.application import Application
from bench.beds.bed import Database
from bench.board import Board, Figure
from bench.fleet import Fleet
from bench.result import Result
from bench.roles import BULK, Load, work
from bench.scenarios.flow import check_ended
from bench.window import moment, window_since
from bench.workbench import Workbench
from foliot import Settings

_STEP: Final = 100_000
_STEP_SECONDS: Final = 900.0
_CALLERS: Final = 4


class Drained(msgspec.Struct, frozen=True):
    """How it went. `steps` are the jobs a second of each whole 100,000."""

    seconds: float
    per_s: float
    steps: Sequence[float]
    figures: dict[str, Any]


def drain(bench: Workbench) -> Generator[Result, None, None]:
    """One row; of a large backlog also one for its first and one for its last 100,000 jobs."""
    with bench.fresh() as database:
        drained = drain_backlog(bench, database, bench.options.jobs)
    yield bench.row("drain", seconds=drained.seconds, drain_per_s=drained.per_s, **drained.figures)
    if len(drained.steps) > 1:
        for which, per_second in (("first", drained.steps[0]), ("last", drained.steps[-1])):
            yield bench.row(f"drain, {which} {_STEP:,}", seconds=_STEP / per_second, drain_per_s=per_second)
        ratio = drained.steps[-1] / drained.steps[0]
        bench.verdicts.append(f"drain: last {_STEP:,} / first {_STEP:,} = {ratio:.2f} in jobs/s")


def drain_backlog(bench: Workbench, database: Database, jobs: int) -> Drained:
    """Submit so many jobs, then let the workers begin."""
    settings = bench.settings(database)
    with bench.progress.doing(f"submitting a backlog of {jobs:,}"):
        uvloop.run(_submit(settings, jobs))
    before = database.ended()
    with bench.fleet() as fleet, bench.progress.doing(f"draining {jobs:,} jobs"):
        for _ in range(bench.options.workers):
            fleet.start(work, settings, Load(), is_worker=True)
        fleet.get_ready()
        begin = moment(fleet, database)
        fleet.go()
        times = [time.perf_counter()]
        for target in [*range(_STEP, jobs, _STEP), jobs]:
            _wait_for(fleet, target)
            times.append(time.perf_counter())
            if not target % _STEP:
                bench.progress.say(f"  job {target:,}: {_STEP / (times[-1] - times[-2]):,.0f} jobs/s")
        window = window_since(begin, fleet, database)
    check_ended(fleet, database, before)
    seconds = times[-1] - times[0]
    steps = [_STEP / (end - start) for start, end in pairwise(times)][: jobs // _STEP]
    figures = {"worker_rss_mb": window.worker_rss_mb, **window.database_figures()}
    return Drained(seconds, jobs / seconds, steps, figures)


def _wait_for(fleet: Fleet, target: int) -> None:
    fleet.wait(lambda: fleet.board.total(Figure.STORED) >= target, _STEP_SECONDS, f"end {target:,} runs")


async def _submit(settings: Settings, jobs: int) -> None:
    left = jobs

    async def caller() -> None:
        nonlocal left
        while left > 0:
            size = min(left, BULK)
            left -= size
            await application.submit(size)

    async with Application(settings, Board(), 0) as application:
        await asyncio.gather(*(caller() for _ in range(_CALLERS)))
