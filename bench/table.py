"""The figures, for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from bench.result import Percentiles, Result

_QUIET_PERCENT: Final = 15.0
_WIDTH: Final = 400
"""More than any table needs, so that no figure is broken."""


def _rate(result: Result) -> str:
    per_second = result.sustained_per_s or result.drain_per_s or result.submit_per_s or result.bare_per_s
    if per_second is None:
        return ""
    offered = f" of {result.offered_per_s:,.0f} offered" if result.offered_per_s else ""
    return f"{per_second:,.0f}{offered}"


def _share(result: Result) -> str:
    if result.fraction_of_bare is None:
        return ""
    return f"{result.fraction_of_bare:.0%} of {result.bare_per_s:,.0f}"


def _percentiles(figures: Percentiles | None) -> str:
    return f"{figures.p50:,.1f} / {figures.p95:,.1f} / {figures.p99:,.1f}" if figures else ""


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _sizes(sizes: Mapping[str, float] | None) -> str:
    return ", ".join(f"{name} {size:,.0f}" for name, size in (sizes or {}).items())


_COLUMNS: Final[dict[str, Callable[[Result], str]]] = {
    "jobs/s": _rate,
    "share of bare": _share,
    "answer ms": lambda result: _percentiles(result.answer_ms),
    "submit→start ms": lambda result: _percentiles(result.submit_to_start_ms),
    "submit→stored end ms": lambda result: _percentiles(result.submit_to_finish_ms),
    "claim ms": lambda result: _percentiles(result.claim_ms),
    "plan ms": lambda result: _percentiles(result.plan_ms),
    "running again after s": lambda result: _number(result.recovered_in_s, ",.1f"),
    "bytes/job": lambda result: _number(result.bytes_per_job, ",.0f"),
    "WAL bytes/job": lambda result: _number(result.wal_bytes_per_job, ",.0f"),
    "commits/job": lambda result: _number(result.commits_per_job, ",.3f"),
    "dead tuples in live": lambda result: _number(result.dead_tuples, ","),
    "MB": lambda result: _sizes(result.sizes_mb),
    "partitions": lambda result: _number(result.partitions, ","),
    "worker MB": lambda result: _number(result.worker_rss_mb, ",.0f"),
    "queries/min": lambda result: _number(result.queries_per_minute, ",.0f"),
    "CPU %": lambda result: _number(result.cpu_percent, ".2f"),
    "others' CPU %": lambda result: _number(result.others_cpu_percent, ".0f"),
}


def told(result: Result) -> list[str]:
    """Each figure that there is, with what it is."""
    figures = {title: figure(result) for title, figure in _COLUMNS.items()}
    return [f"{title} {text}" for title, text in figures.items() if text]


def show(heading: str, groups: Mapping[str, Sequence[Result]]) -> None:
    """Print a table for each group; figures that none of its rows has are left out."""
    console = Console(width=_WIDTH, highlight=False)
    console.print(heading, soft_wrap=True)
    for name, results in groups.items():
        rows = [{title: figure(result) for title, figure in _COLUMNS.items()} for result in results]
        titles = [title for title in _COLUMNS if any(row[title] for row in rows)]
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column(name, no_wrap=True)
        for title in titles:
            table.add_column(title, justify="right")
        for result, row in zip(results, rows, strict=True):
            table.add_row(result.scenario, *(row[title] for title in titles))
        console.print(table)
    print("Three numbers are p50 / p95 / p99.")
    shares = [row.others_cpu_percent or 0.0 for results in groups.values() for row in results]
    if (most := max(shares, default=0.0)) > _QUIET_PERCENT:
        print(
            f"Others took up to {most:.0f} % of the processor meanwhile: compare ratios, and rows with a small share."
        )
