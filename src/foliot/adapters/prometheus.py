"""Figures in the Prometheus text format. All names begin with `foliot_`; labels are bounded."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from foliot.domain.run import Cause
from foliot.domain.states import RunState
from foliot.ports import Stats

_LATENESS_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
_DURATION_BOUNDS: Final = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)


class PrometheusMeter(Collector):
    """`ports.Meter`. It counts by itself, because a call of the client library for each run would cost more than the
    run's own share of a batch."""

    def __init__(self) -> None:
        self._submitted: defaultdict[str, int] = defaultdict(int)
        self._ended: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._rejected: defaultdict[str, int] = defaultdict(int)
        self._expired: defaultdict[str, int] = defaultdict(int)
        self._leases_lost = 0
        self._lateness = _Histograms(_LATENESS_BOUNDS)
        self._durations = _Histograms(_DURATION_BOUNDS)
        self._gauges: list[GaugeMetricFamily] = []
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def submitted(self, job_type: str, count: int) -> None:
        self._submitted[job_type] += count

    def started(self, job_type: str, lateness_seconds: Sequence[float]) -> None:
        self._lateness.observe(job_type, lateness_seconds)

    def ended(self, job_type: str, state: RunState, cause: Cause, durations_seconds: Sequence[float]) -> None:
        self._ended[job_type, state, cause] += len(durations_seconds)
        self._durations.observe(job_type, durations_seconds)

    def leases_lost(self, count: int) -> None:
        self._leases_lost += count

    def expired(self, job_type: str, count: int) -> None:
        self._expired[job_type] += count

    def rejected(self, code: str) -> None:
        self._rejected[code] += 1

    def render(self, stats: Stats, now: datetime) -> bytes:
        """All figures as text; those of the store are taken from `stats`."""
        self._gauges = _gauges(stats, now)
        return generate_latest(self._registry)

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        submitted = CounterMetricFamily("foliot_jobs_submitted", "Jobs accepted.", labels=["type"])
        for job_type, count in self._submitted.items():
            submitted.add_metric([job_type], count)
        ended = CounterMetricFamily(
            "foliot_attempts_ended", "Attempts ended, by what the run became.", labels=["type", "state", "cause"]
        )
        for labels, count in self._ended.items():
            ended.add_metric(list(labels), count)
        rejected = CounterMetricFamily("foliot_requests_rejected", "Jobs refused, by error code.", labels=["code"])
        for code, count in self._rejected.items():
            rejected.add_metric([code], count)
        lost = CounterMetricFamily("foliot_leases_lost", "Leases that ran out under their workers.")
        lost.add_metric([], self._leases_lost)
        expired = CounterMetricFamily("foliot_runs_expired", "Runs that had not started in time.", labels=["type"])
        for job_type, count in self._expired.items():
            expired.add_metric([job_type], count)
        yield from (submitted, ended, rejected, lost, expired)
        yield self._lateness.family("foliot_run_lateness_seconds", "From a run's due time to the start of an attempt.")
        yield self._durations.family("foliot_attempt_duration_seconds", "From an attempt's start to its stored end.")
        yield from self._gauges


class _Histograms:
    """Histograms with a `type` label each."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts: dict[str, list[int]] = {}
        self._sums: defaultdict[str, float] = defaultdict(float)

    def observe(self, job_type: str, values: Sequence[float]) -> None:
        counts = self._counts.setdefault(job_type, [0] * (len(self._bounds) + 1))
        for value in values:
            counts[bisect_left(self._bounds, value)] += 1
        self._sums[job_type] += sum(values)

    def family(self, name: str, documentation: str) -> HistogramMetricFamily:
        family = HistogramMetricFamily(name, documentation, labels=["type"])
        for job_type, counts in self._counts.items():
            total = 0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*map(str, self._bounds), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric([job_type], buckets, self._sums[job_type])
        return family


def _gauges(stats: Stats, now: datetime) -> list[GaugeMetricFamily]:
    depth = GaugeMetricFamily("foliot_runs", "Runs that are not over.", labels=["queue", "state"])
    age = GaugeMetricFamily(
        "foliot_oldest_due_seconds", "How long the oldest such run has been due.", labels=["queue", "state"]
    )
    for row in stats.depths:
        depth.add_metric([row.queue, row.state], row.count)
        age.add_metric([row.queue, row.state], max(0.0, (now - row.oldest_due_at).total_seconds()))
    dead = GaugeMetricFamily("foliot_dead_letters", "Runs that failed for good and wait for a decision.")
    dead.add_metric([], stats.dead_letters)
    return [depth, age, dead]
