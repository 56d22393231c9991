"""How soon a dead worker's runs are running elsewhere."""

import time
from collections.abc import Generator
from typing import Final

import uvloop

from bench.application import Application
from bench.board import Board, Figure
from bench.result import Result
from bench.roles import Load, work
from bench.workbench import Workbench
from foliot import Settings

_RUNS: Final = 100
_HOLD_SECONDS: Final = 3_000.0
_LEASES: Final = (Settings().lease_seconds, 3.0)
_START_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 2.0


def kill(bench: Workbench) -> Generator[Result, None, None]:
    """A row for the default lease, and one for a short one."""
    for lease in _LEASES:
        with bench.progress.doing(f"killing a worker with {_RUNS} runs in hand, lease {lease:g} s"):
            seconds = _recovery(bench, lease)
        yield bench.row(
            f"SIGKILL of a worker with {_RUNS} runs, lease {lease:g} s",
            seconds=seconds,
            recovered_in_s=seconds,
            workers=2,
        )


def _recovery(bench: Workbench, lease: float) -> float:
    with bench.fresh() as database, bench.fleet() as fleet:
        settings = bench.settings(database, lease_seconds=lease, concurrency=_RUNS, grace_seconds=0.0)
        board = fleet.board
        victim = fleet.start(work, settings, Load())
        fleet.go()
        uvloop.run(_submit(settings))
        fleet.wait(lambda: board.of(victim, Figure.STARTED) == _RUNS, _START_SECONDS, "begin")
        heir = fleet.start(work, settings, Load())
        fleet.get_ready()
        fleet.sleep(_SETTLE_SECONDS)
        killed = fleet.kill(victim)
        fleet.wait(lambda: board.of(heir, Figure.STARTED) >= _RUNS, 10 * lease + _START_SECONDS, "take over")
        return time.time() - killed


async def _submit(settings: Settings) -> None:
    async with Application(settings, Board(), 0) as application:
        await application.app.submit_many([application.hold.call(_HOLD_SECONDS) for _ in range(_RUNS)])
