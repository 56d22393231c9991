"""Figures: percentiles, samples, and what the table shows."""

import os
import time

from bench.board import Board, Figure, Sample
from bench.neighbours import Neighbours
from bench.options import read_options
from bench.result import Percentiles, Result, percentiles
from bench.table import told


def test_percentiles_are_milliseconds() -> None:
    assert percentiles([n / 1000 for n in range(100, 0, -1)]) == Percentiles(p50=51.0, p95=96.0, p99=100.0)
    assert percentiles([]) is None


def test_only_what_was_stored_in_a_window_counts_for_it() -> None:
    board = Board()
    for place, stored in ((0, 10.0), (1, 11.0), (1, 12.0)):
        board.note(place, Sample(sent=stored - 2, started=stored - 1, stored=stored))
    assert sorted(sample.stored for sample in board.samples(10.5, 12.0)) == [11.0]


def test_when_there_are_too_many_samples_the_latest_are_kept() -> None:
    board = Board()
    for number in range(20_000):
        board.note(0, Sample(number, number, number))
    kept = [sample.stored for sample in board.samples(0, 20_000)]
    assert len(kept) < board.of(0, Figure.SAMPLED) == 20_000
    assert max(kept) == 19_999


def test_figures_that_were_not_measured_are_not_shown() -> None:
    result = Result(scenario="drain", store="sqlite", seconds=1, drain_per_s=1234.5, machine="a machine")
    assert told(result) == ["jobs/s 1,234"]


def test_what_the_benchmark_uses_itself_is_not_blamed_on_others() -> None:
    burned, neighbours, begun = 0.3, Neighbours(), time.perf_counter()
    until = time.process_time() + burned
    while time.process_time() < until:
        pass
    share, passed = neighbours.lap(), time.perf_counter() - begun
    rounding = 10
    assert share is None or 0 <= share <= 100 * (1 - burned / (passed * (os.cpu_count() or 1))) + rounding


def test_one_process_does_it_all_on_sqlite_unless_workers_are_asked_for() -> None:
    assert read_options(["drain"], ["drain"], []).is_together
    assert not read_options(["drain"], ["drain"], ["--workers", "1"]).is_together
    assert read_options(["drain"], ["drain"], ["--store", "postgres"]).workers == 2
