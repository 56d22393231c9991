"""The ceiling: the same rows in the same database, without Foliot."""

from collections.abc import Generator

from bench.result import Result
from bench.scenarios.sustain import measure_bare
from bench.workbench import Workbench


def bare(bench: Workbench) -> Generator[Result, None, None]:
    """One row."""
    found = measure_bare(bench, "alone")
    yield bench.row(
        f"bare {bench.bed.name}", seconds=bench.options.seconds / 2, bare_per_s=found.per_s,
        wal_bytes_per_job=found.wal_bytes_per_job, commits_per_job=found.commits_per_job,
    )  # fmt: skip
