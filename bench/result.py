"""What a scenario measured."""

from collections.abc import Sequence

import msgspec


class Percentiles(msgspec.Struct, frozen=True):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario's figures; None where it does not measure a thing.

    `commits_per_job` and `wal_bytes_per_job` are the whole database's, over the window that was measured, and
    `dead_tuples` those of the table `live` at its end. `worker_rss_mb` is the largest worker's. `cpu_percent` is of one
    core, for all processes of Foliot together, the database not counted; `others_cpu_percent` is the share of all cores
    that was taken by what has nothing to do with the benchmark, from the start of the scenario or its last row on.
    """

    scenario: str
    store: str
    broker: str = "store"
    workers: int = 0
    seconds: float
    submit_per_s: float | None = None
    drain_per_s: float | None = None
    sustained_per_s: float | None = None
    offered_per_s: float | None = None
    bare_per_s: float | None = None
    fraction_of_bare: float | None = None
    answer_ms: Percentiles | None = None
    submit_to_start_ms: Percentiles | None = None
    submit_to_finish_ms: Percentiles | None = None
    claim_ms: Percentiles | None = None
    plan_ms: Percentiles | None = None
    recovered_in_s: float | None = None
    bytes_per_job: float | None = None
    wal_bytes_per_job: float | None = None
    commits_per_job: float | None = None
    dead_tuples: int | None = None
    partitions: int | None = None
    sizes_mb: dict[str, float] | None = None
    worker_rss_mb: float | None = None
    queries_per_minute: float | None = None
    cpu_percent: float | None = None
    others_cpu_percent: float | None = None
    machine: str


def percentiles(seconds: Sequence[float]) -> Percentiles | None:
    """Of durations in seconds."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)

    return Percentiles(at(0.50), at(0.95), at(0.99))
