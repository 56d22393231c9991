"""`./dev bench`: what Foliot does on this machine, next to what the bare database does in the same run."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from bench.bare import bare_flow
from bench.http_load import api_server, submits_per_second
from bench.machine import machine
from bench.result import Percentiles, Result, percentiles
from bench.scenarios import BULK, draining, idling, opened, submitting, sustaining

_CALLERS: Final = 64
_DRAINED: Final = 50_000

console = Console(stderr=True)


def main() -> None:
    """Measure, print a table, and write the figures as JSON if asked to."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--store", choices=["sqlite"], default="sqlite")
    parser.add_argument("--synchronous", choices=["normal", "full"], default="normal", help="SQLite's durability")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each scenario lasts (default: 10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="foliot-bench-") as folder:
        for result in measure(Path(folder), arguments.seconds, arguments.synchronous):
            results.append(result)
            console.print(f"  {result.scenario}: done", style="dim")
    show(results)
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))


def measure(folder: Path, seconds: float, synchronous: str) -> Iterator[Result]:
    """All scenarios, one after another, each on a fresh database."""
    store = "sqlite" if synchronous == "normal" else f"sqlite, synchronous={synchronous}"
    here = machine()

    def fresh(name: str) -> Path:
        return folder / f"{name}.db"

    for name, callers, factor in (("submit, 1 caller", 1, 1), (f"submit, {_CALLERS} callers", _CALLERS, 1),
                                  (f"submit, bulks of {BULK}", 1, BULK)):  # fmt: skip
        per_second = uvloop.run(_submit(fresh(name), synchronous, callers, factor, seconds / 2))
        yield Result(scenario=name, store=store, seconds=seconds / 2, submit_per_s=per_second, machine=here)
    drained = uvloop.run(_drain(fresh("drain"), synchronous))
    yield Result(
        scenario="drain", store=store, workers=1, seconds=_DRAINED / drained, drain_per_s=drained, machine=here
    )
    bare_before = bare_flow(fresh("bare"), seconds / 2, synchronous)
    yield (sustained := uvloop.run(_sustain(fresh("sustain"), synchronous, seconds, store, here)))
    bare = (bare_before + bare_flow(fresh("bare again"), seconds / 2, synchronous)) / 2
    yield Result(
        scenario="sustained, as a share of bare SQLite", store=store, workers=1, seconds=seconds,
        sustained_per_s=sustained.sustained_per_s, bare_per_s=bare,
        fraction_of_bare=(sustained.sustained_per_s or 0.0) / bare, machine=here,
    )  # fmt: skip
    starts, finishes = uvloop.run(_idle(fresh("idle"), synchronous, seconds / 2))
    yield Result(
        scenario="one job at a time, idle worker", store=store, workers=1, seconds=seconds / 2,
        submit_to_start_ms=starts, submit_to_finish_ms=finishes, machine=here,
    )  # fmt: skip
    with api_server(folder, synchronous) as (port, key):
        for callers in (1, _CALLERS):
            per_second, _ = uvloop.run(submits_per_second(port, key, callers, seconds / 2))
            yield Result(
                scenario=f"HTTP submit, {callers} connection{'s' * (callers > 1)}", store=store, workers=1,
                seconds=seconds / 2, submit_per_s=per_second, machine=here,
            )  # fmt: skip


async def _submit(path: Path, synchronous: str, callers: int, factor: int, seconds: float) -> float:
    async with opened(path, synchronous, working=False) as bench:
        submit = bench.submit_one if factor == 1 else bench.submit_bulk
        return factor * await submitting(bench, submit, callers, seconds)


async def _drain(path: Path, synchronous: str) -> float:
    async with opened(path, synchronous, working=False) as bench:
        return await draining(bench, _DRAINED)


async def _sustain(path: Path, synchronous: str, seconds: float, store: str, here: str) -> Result:
    async with opened(path, synchronous, working=True) as bench:
        per_second = await sustaining(bench, seconds)
        starts, finishes = await bench.timings()
    return Result(
        scenario="sustained, submit to stored end", store=store, workers=1, seconds=seconds, sustained_per_s=per_second,
        submit_to_start_ms=percentiles(starts), submit_to_finish_ms=percentiles(finishes),
        bytes_per_job=path.stat().st_size / bench.done, machine=here,
    )  # fmt: skip


async def _idle(path: Path, synchronous: str, seconds: float) -> tuple[Percentiles | None, Percentiles | None]:
    async with opened(path, synchronous, working=True) as bench:
        await idling(bench, seconds)
        starts, finishes = await bench.timings()
    return percentiles(starts), percentiles(finishes)


def show(results: list[Result]) -> None:
    """Print the figures for people."""
    table = Table(title=results[0].machine, title_justify="left")
    for title in ("scenario", "jobs/s", "submit→start ms", "submit→finish ms", "bytes/job", "share of bare"):
        table.add_column(title, justify="left" if title == "scenario" else "right")
    for result in results:
        per_second = result.submit_per_s or result.drain_per_s or result.sustained_per_s
        table.add_row(
            result.scenario,
            f"{per_second:,.0f}" if per_second else "",
            _told(result.submit_to_start_ms),
            _told(result.submit_to_finish_ms),
            f"{result.bytes_per_job:,.0f}" if result.bytes_per_job else "",
            f"{result.fraction_of_bare:.0%} of {result.bare_per_s:,.0f}" if result.fraction_of_bare else "",
        )
    Console(width=140).print(table)
    print("Three numbers are p50 / p95 / p99.")


def _told(figures: Percentiles | None) -> str:
    return f"{figures.p50:.1f} / {figures.p95:.1f} / {figures.p99:.1f}" if figures else ""


if __name__ == "__main__":
    main()
