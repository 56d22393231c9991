"""Whether many recurring jobs slow the planning of those that are due: with few in the store, and with 100,000 more."""

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import uvloop

from bench.application import Application
from bench.board import Board
from bench.result import Result, percentiles
from bench.workbench import Workbench
from foliot import Settings
from foliot.domain.ids import IdSequence
from foliot.engine.occurring import Occurring
from foliot.ports import Store

_DUE: Final = 100
_ROUNDS: Final = 20
_MORE: Final = 100_000
_AT_ONCE: Final = 5_000
_INTERVAL_SECONDS: Final = 3_600.0


def planning(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each size; what is timed is the planning of a hundred jobs that are due, without a worker."""
    medians = []
    for others in (0, _MORE):
        with bench.fresh() as database:
            size = _DUE * _ROUNDS + others
            with bench.progress.doing(f"planning {_DUE} of {size:,} recurring jobs {_ROUNDS} times"):
                took = uvloop.run(_plan(bench.settings(database), others))
            medians.append(sorted(took)[len(took) // 2])
            yield bench.row(f"{size:,} recurring jobs", seconds=sum(took), plan_ms=percentiles(took))
    few, many = medians
    bench.verdicts.append(f"planning: {_DUE} due jobs with {_MORE:,} others / without = {many / few:.2f} in time (p50)")


async def _plan(settings: Settings, others: int) -> list[float]:
    """How long each planning of a hundred due jobs took, in seconds; each has its first occurrence then."""
    async with Application(settings, Board(), 0) as application:
        start = datetime.now(UTC) + timedelta(seconds=60)
        later = application.recurring(_INTERVAL_SECONDS, start + timedelta(seconds=_INTERVAL_SECONDS))
        for begun in range(0, others, _AT_ONCE):
            await application.app.submit_many([later] * min(_AT_ONCE, others - begun))
        instants = [start + timedelta(seconds=place) for place in range(_ROUNDS)]
        for instant in instants:
            await application.app.submit_many([application.recurring(_INTERVAL_SECONDS, instant)] * _DUE)
        store, ids = (await application.app.system()).store, IdSequence(Random(7))
        return [await _timed(store, ids, instant) for instant in instants]


async def _timed(store: Store, ids: IdSequence, now: datetime) -> float:
    begun = time.perf_counter()
    due = await store.due_jobs(now, 1_000)
    await store.plan([Occurring(job, now, ids).plan() for job in due])
    return time.perf_counter() - begun
