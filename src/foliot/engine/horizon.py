"""How far back a worker looks when it claims (ADR 15)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from foliot.domain.priority import Priority
from foliot.domain.run import Claimed

_SLACK: Final = timedelta(milliseconds=100)
"""Runs do not come quite in the order in which they were due."""


class Horizon:
    """Remembers where the oldest of the runs were that the last claims took.

    Runs that were due earlier are rare: they were handed back, or come from a transaction that took long. A look at
    everything finds them, every quarter of a second while there is work, and once more when there is none. All other
    looks begin shortly before what was found last, and so behind the remains of all that was claimed before.

    Args:
        whole_every: how long a run may wait, in seconds, that came after later ones had been claimed.
    """

    def __init__(self, whole_every: float = 0.25) -> None:
        self._whole_every = whole_every
        self._oldest: dict[tuple[str, Priority], datetime] = {}
        self._next_whole = 0.0
        self._is_whole = False

    def look(self, now: float) -> Mapping[tuple[str, Priority], datetime]:
        """Since when the runs were due that the next claim is to look at; all where nothing is said."""
        self._is_whole = now >= self._next_whole
        if self._is_whole:
            self._next_whole = now + self._whole_every
            return {}
        return {cell: oldest - _SLACK for cell, oldest in self._oldest.items()}

    def learn(self, claimed: Iterable[Claimed]) -> None:
        """These are what it took."""
        oldest: dict[tuple[str, Priority], datetime] = {}
        for run in claimed:
            cell = run.queue, run.priority
            if cell not in oldest or run.due_at < oldest[cell]:
                oldest[cell] = run.due_at
        self._oldest |= oldest

    def patience(self, now: float, patience: float) -> float:
        """For how many seconds one may wait when the last look has not found enough: `patience` if it saw all."""
        return patience if self._is_whole else min(patience, max(0.0, self._next_whole - now))
