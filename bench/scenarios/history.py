"""Whether a long past slows the present: claims and a drain, on an empty database and with a million ended runs."""

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Final

import uvloop

from bench.application import Application
from bench.board import Board
from bench.result import Result, percentiles
from bench.roles import BULK
from bench.scenarios.drain import drain_backlog
from bench.workbench import Workbench
from foliot import Settings
from foliot.domain.priority import WEIGHTS
from foliot.domain.run import Cause, Claimed, Outcome
from foliot.domain.states import RunState
from foliot.ports import ClaimRequest, Store

_PAST: Final = 1_000_000
_CLAIMS: Final = 100
_CLAIM_SIZE: Final = 100


def history(bench: Workbench) -> Generator[Result, None, None]:
    """Two rows, measured alike, and what they are to one another."""
    drains = []
    for past in (0, _PAST):
        with bench.fresh() as database:
            settings = bench.settings(database)
            uvloop.run(_create(settings))
            if past:
                with bench.progress.doing(f"storing {past:,} ended runs"):
                    database.fill(past)
            with bench.progress.doing(f"claiming {_CLAIM_SIZE} runs {_CLAIMS} times"):
                claims = uvloop.run(_claim(settings))
            drained = drain_backlog(bench, database, bench.options.jobs)
            drains.append(drained.per_s)
            name = f"history of {past:,} runs" if past else "no history"
            yield bench.row(
                name, seconds=drained.seconds, drain_per_s=drained.per_s, claim_ms=percentiles(claims),
                partitions=database.partitions(), **drained.figures,
            )  # fmt: skip
    bench.verdicts.append(f"history: drain with {_PAST:,} ended runs / without = {drains[1] / drains[0]:.2f} in jobs/s")


async def _create(settings: Settings) -> None:
    async with Application(settings, Board(), 0):
        pass


async def _claim(settings: Settings) -> list[float]:
    """How long each claim took, in seconds, with nobody else there."""
    took = []
    async with Application(settings, Board(), 0) as application:
        for _ in range(_CLAIMS * _CLAIM_SIZE // BULK):
            await application.submit(BULK)
        store = (await application.app.system()).store
        for _ in range(_CLAIMS):
            begun = time.perf_counter()
            claimed = await store.claim(_request())
            took.append(time.perf_counter() - begun)
            await _finish(store, claimed)
    return took


def _request() -> ClaimRequest:
    now = datetime.now(UTC)
    return ClaimRequest(
        worker="bench", queues=["default"], limit=_CLAIM_SIZE, now=now, lease_until=now + timedelta(seconds=15),
        types=["noop", "hold"], handicaps={priority: (0.5, weight) for priority, weight in WEIGHTS.items()},
    )  # fmt: skip


async def _finish(store: Store, claimed: list[Claimed]) -> None:
    now = datetime.now(UTC)
    await store.finish(
        [
            Outcome(
                run_id=run.run_id, tenant_id=run.tenant_id, lease=run.lease, state=RunState.SUCCEEDED,
                cause=Cause.RETURNED, at=now, result=b'{"ok":true}',
            )
            for run in claimed
        ]
    )  # fmt: skip
