"""The same load for minutes or hours: whether the last minute is as good as the first."""

from collections.abc import Generator, Sequence
from typing import Final

from bench.result import Result
from bench.roles import Load
from bench.scenarios.flow import flowing
from bench.window import moment, window_since
from bench.workbench import Workbench

_PER_SECOND: Final = 5_000.0
_MINUTE: Final = 60.0
_RETENTION_DAYS: Final = 2 / (24 * 60)
_MEGABYTE: Final = 2**20


def soak(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each minute, and a verdict. Ended runs are kept for two minutes, so that old ones go all the while."""
    per_second = bench.options.rates[0] if bench.options.rates else _PER_SECOND
    period = min(_MINUTE, bench.options.minutes * _MINUTE)
    rows: list[Result] = []
    with (
        bench.fresh() as database,
        flowing(bench, database, Load(per_second), retention_days=_RETENTION_DAYS) as fleet,
    ):
        begin = moment(fleet, database)
        for minute in range(1, round(bench.options.minutes * _MINUTE / period) + 1):
            with bench.progress.doing(f"soak, minute {minute}"):
                fleet.sleep(begin.at + period - moment(fleet, database).at)
            window = window_since(begin, fleet, database)
            begin = window.end
            sizes = {name: round(size / _MEGABYTE, 1) for name, size in database.sizes().items()}
            rows.append(
                bench.row(
                    f"soak, minute {minute}", offered_per_s=per_second, partitions=database.partitions(),
                    sizes_mb=sizes, **window.figures(),
                )
            )  # fmt: skip
            yield rows[-1]
    bench.verdicts.append(_verdict(rows))


def _verdict(rows: Sequence[Result]) -> str:
    rates = [row.sustained_per_s or 0.0 for row in rows]
    lags = [row.submit_to_finish_ms.p99 for row in rows if row.submit_to_finish_ms is not None]
    verdict = f"soak: slowest minute / fastest minute = {min(rates) / max(rates):.3f} in jobs/s"
    if lags:
        verdict += f"; p99 from submit to stored end {lags[0]:,.0f} ms in the first minute, {lags[-1]:,.0f} in the last"
    return verdict
