"""Full speed from submit to stored end, next to what the bare database does just before and just after."""

from collections.abc import Generator

from bench.beds.bed import Bare
from bench.result import Result
from bench.roles import Load
from bench.scenarios.flow import check_ended, flowing
from bench.window import Window, moment, window_since
from bench.workbench import Workbench


def sustain(bench: Workbench) -> Generator[Result, None, None]:
    """One row with the share of the bare database; on SQLite a second one that tells just the share."""
    before = measure_bare(bench, "before")
    with bench.progress.doing("sustain: submitting and working at full speed"):
        window, bytes_per_job = _flow(bench)
    bare = (before.per_s + measure_bare(bench, "after").per_s) / 2
    share = {"bare_per_s": bare, "fraction_of_bare": window.stored_per_s / bare}
    yield bench.row("sustained, submit to stored end", **window.figures(), **share, bytes_per_job=bytes_per_job)
    if bench.bed.name == "SQLite":
        yield bench.row(
            "sustained, as a share of bare SQLite", seconds=window.seconds, sustained_per_s=window.stored_per_s, **share
        )


def measure_bare(bench: Workbench, when: str) -> Bare:
    """Half as long as the flow itself."""
    with bench.progress.doing(f"the same rows without Foliot, {when}"):
        bare = bench.bed.bare(bench.options.seconds / 2, bench.options.workers)
    bench.progress.say(f"  bare {bench.bed.name}, {when}: {bare.per_s:,.0f} jobs/s")
    return bare


def _flow(bench: Workbench) -> tuple[Window, float]:
    with bench.fresh() as database:
        empty = database.size()
        with flowing(bench, database, Load()) as fleet:
            begin = moment(fleet, database)
            fleet.sleep(bench.options.seconds)
            window = window_since(begin, fleet, database)
        return window, (database.size() - empty) / check_ended(fleet, database)
