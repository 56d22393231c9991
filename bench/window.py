"""What happens between two moments while a fleet is at it."""

import time
from typing import Any, Final

import msgspec

from bench.beds.bed import Database, Look
from bench.board import Figure, Sample
from bench.fleet import Fleet
from bench.result import percentiles

WARM_UP_SECONDS: Final = 2.0
"""How long a fleet is at it before a window opens."""


class Moment(msgspec.Struct, frozen=True):
    """How far everything is; `at` is by the wall clock."""

    at: float
    sent: int
    stored: int
    look: Look


class Window(msgspec.Struct, frozen=True):
    """The time between two moments, and the runs that were timed in it."""

    begin: Moment
    end: Moment
    samples: list[Sample]
    worker_rss_mb: float | None

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end.at - self.begin.at

    @property
    def stored(self) -> int:
        """How many runs ended in it."""
        return self.end.stored - self.begin.stored

    @property
    def stored_per_s(self) -> float:
        """The same as a rate."""
        return self.stored / self.seconds

    def figures(self) -> dict[str, Any]:
        """Its share of a `Result`."""
        return {
            "seconds": round(self.seconds, 3),
            "submit_per_s": (self.end.sent - self.begin.sent) / self.seconds,
            "sustained_per_s": self.stored_per_s,
            "submit_to_start_ms": percentiles([sample.started - sample.sent for sample in self.samples]),
            "submit_to_finish_ms": percentiles([sample.stored - sample.sent for sample in self.samples]),
            "worker_rss_mb": self.worker_rss_mb,
            **self.database_figures(),
        }

    def database_figures(self) -> dict[str, Any]:
        """What it cost the database."""
        begin, end, jobs = self.begin.look, self.end.look, max(self.stored, 1)
        return {
            "wal_bytes_per_job": _per(jobs, begin.wal_bytes, end.wal_bytes),
            "commits_per_job": _per(jobs, begin.commits, end.commits),
            "dead_tuples": end.dead_tuples,
        }


def moment(fleet: Fleet, database: Database) -> Moment:
    """Now."""
    look = database.look()
    return Moment(time.time(), fleet.board.total(Figure.SENT), fleet.board.total(Figure.STORED), look)


def window_since(begin: Moment, fleet: Fleet, database: Database) -> Window:
    """From then until now."""
    end = moment(fleet, database)
    return Window(begin, end, fleet.board.samples(begin.at, end.at), fleet.worker_rss_mb)


def _per(jobs: int, begin: int | None, end: int | None) -> float | None:
    return None if begin is None or end is None else round((end - begin) / jobs, 4)
