"""How urgent a run is next to the others of its queue."""

from enum import IntEnum
from typing import Final


class Priority(IntEnum):
    """Lower is sooner. The number is what is stored; the name is what people and APIs write."""

    CRITICAL = 0
    HIGH = 1
    DEFAULT = 2
    LOW = 3

    @property
    def label(self) -> str:
        """The name on the wire: `critical`, `high`, `default` or `low`."""
        return self.name.lower()


WEIGHTS: Final = {Priority.CRITICAL: 64, Priority.HIGH: 16, Priority.DEFAULT: 4, Priority.LOW: 1}
"""Shares of a contended claim (ADR 6): the k-th oldest run of a priority competes with k / weight."""
