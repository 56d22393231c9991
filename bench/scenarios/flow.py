"""Jobs that flow: submitted, executed and ended at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bench.beds.bed import Database
from bench.board import Figure, Phase
from bench.fleet import Fleet
from bench.options import BenchError
from bench.roles import Load, do_both, produce, work
from bench.window import WARM_UP_SECONDS
from bench.workbench import Workbench

_PATIENCE_SECONDS: Final = 120.0


@contextmanager
def flowing(bench: Workbench, database: Database, load: Load, **settings: Any) -> Iterator[Fleet]:
    """A fleet that submits and works, warmed up. At the end of the block what was submitted is worked off."""
    wanted = bench.settings(database, **settings)
    with bench.fleet() as fleet:
        if bench.options.is_together:
            fleet.start(do_both, wanted, load, is_worker=True)
        else:
            for _ in range(bench.options.workers):
                fleet.start(work, wanted, load, is_worker=True)
            fleet.start(produce, wanted, load)
        fleet.go()
        fleet.sleep(WARM_UP_SECONDS)
        yield fleet
        board = fleet.board
        board.phase = Phase.CEASE
        fleet.wait(
            lambda: board.total(Figure.STORED) >= board.total(Figure.SENT), _PATIENCE_SECONDS, "end what was submitted"
        )


def check_ended(fleet: Fleet, database: Database, before: int = 0) -> int:
    """How many runs were counted as ended, if the database has as many, beside those that it had before."""
    counted, stored = fleet.board.total(Figure.STORED), database.ended() - before
    if counted != stored:
        raise BenchError(f"The processes counted {counted:,} ended runs, but the database has {stored:,}.")
    return counted
