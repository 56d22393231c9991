"""A fixed rate is offered, evenly: how long each job takes when the system is not full."""

from collections.abc import Generator
from typing import Final

from bench.result import Result
from bench.roles import Load
from bench.scenarios.flow import check_ended, flowing
from bench.window import moment, window_since
from bench.workbench import Workbench

_RATES: Final = {"SQLite": (20.0,), "PostgreSQL": (100.0, 10_000.0)}
_ONE_BY_ONE: Final = 20.0
_ALL_ARE_TIMED_BELOW: Final = 1_000.0


def rate(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each rate. A rate that is not achieved was too high."""
    for per_second in bench.options.rates or _RATES[bench.bed.name]:
        name = f"{per_second:,.0f} jobs/s offered"
        if bench.options.is_together and per_second == _ONE_BY_ONE:
            name = "one job at a time, idle worker"
        with bench.progress.doing(name):
            figures = _offer(bench, Load(per_second, every=1 if per_second < _ALL_ARE_TIMED_BELOW else 16))
        yield bench.row(name, offered_per_s=per_second, **figures)


def _offer(bench: Workbench, load: Load) -> dict[str, object]:
    with bench.fresh() as database:
        with flowing(bench, database, load) as fleet:
            begin = moment(fleet, database)
            fleet.sleep(bench.options.seconds)
            window = window_since(begin, fleet, database)
        check_ended(fleet, database)
        return window.figures()
