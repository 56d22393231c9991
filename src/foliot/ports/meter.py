"""Where figures go."""

from collections.abc import Sequence
from typing import Protocol

from foliot.domain.run import Cause
from foliot.domain.states import RunState


class Meter(Protocol):
    """Where figures go. Labels are bounded: types, states, causes; never ids."""

    def submitted(self, job_type: str, count: int) -> None:
        """Jobs were accepted."""
        ...

    def started(self, job_type: str, lateness_seconds: Sequence[float]) -> None:
        """Attempts began, this late."""
        ...

    def ended(self, job_type: str, state: RunState, cause: Cause, durations_seconds: Sequence[float]) -> None:
        """Attempts ended, having taken this long."""
        ...

    def leases_lost(self, count: int) -> None:
        """Leases ran out under their workers."""
        ...

    def expired(self, job_type: str, count: int) -> None:
        """Runs ended because they had not started in time."""
        ...

    def rejected(self, code: str) -> None:
        """A request was refused."""
        ...
