"""Processes that are measured: they count together, and none is left over."""

import contextlib
import os
from pathlib import Path

import pytest

from bench.board import Figure
from bench.fleet import Fleet
from bench.options import BenchError
from tests.bench.roles import count_to, fail

PATIENCE = 30.0


def test_all_begin_at_once_and_are_counted_together(tmp_path: Path) -> None:
    with Fleet(tmp_path / "log") as fleet:
        places = [fleet.start(count_to, number) for number in (3, 4)]
        fleet.get_ready()
        assert fleet.board.total(Figure.STORED) == 0
        fleet.go()
        fleet.wait(lambda: fleet.board.total(Figure.STORED) == 7, PATIENCE, "count")
        assert [fleet.board.of(place, Figure.STORED) for place in places] == [3, 4]


def test_a_process_that_fails_ends_the_measurement_with_its_words(tmp_path: Path) -> None:
    with Fleet(tmp_path / "log") as fleet:
        fleet.start(fail)
        with pytest.raises(BenchError, match="out of paper"):
            fleet.go()


def test_no_process_outlives_an_error(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path / "log")
    pid = fleet.pid(fleet.start(count_to, 1))
    with contextlib.suppress(KeyboardInterrupt), fleet:
        fleet.go()
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_killed_process_is_no_surprise(tmp_path: Path) -> None:
    with Fleet(tmp_path / "log") as fleet:
        victim, heir = fleet.start(count_to, 1), fleet.start(count_to, 2)
        fleet.get_ready()
        fleet.kill(victim)
        fleet.go()
        fleet.wait(lambda: fleet.board.of(heir, Figure.STORED) == 2, PATIENCE, "count")
