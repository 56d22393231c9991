"""What a handler is given about the attempt that it is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from foliot.domain.ending import storable
from foliot.domain.errors import CancelRun
from foliot.domain.run import Claimed, Note
from foliot.ports import Clock

_LONGEST_MESSAGE = 2_000
_LARGEST_INTEGER = 2**63 - 1


class Context:
    """One attempt, as its handler sees it. All of it may be used from any thread.

    `lease` is the fencing token of this attempt: a later attempt of the run has a larger one.
    """

    __slots__ = ("_cancelled", "_claimed", "_clock", "_note")

    def __init__(self, claimed: Claimed, clock: Clock, note: Callable[[Note], None]) -> None:
        self._claimed = claimed
        self._clock = clock
        self._note = note
        self._cancelled = False

    @property
    def run_id(self) -> str:
        return self._claimed.run_id

    @property
    def job_id(self) -> str:
        return self._claimed.job_id

    @property
    def tenant_id(self) -> str:
        return self._claimed.tenant_id

    @property
    def type(self) -> str:
        return self._claimed.type

    @property
    def queue(self) -> str:
        return self._claimed.queue

    @property
    def due_at(self) -> datetime:
        return self._claimed.due_at

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        return self._claimed.attempt

    @property
    def max_attempts(self) -> int:
        return self._claimed.max_attempts

    @property
    def lease(self) -> int:
        return self._claimed.lease

    @property
    def cancelled(self) -> bool:
        """Whether this attempt is to stop: it was cancelled, has run out of time, or lost its lease."""
        return self._cancelled

    def check_cancelled(self) -> None:
        """Stop here if the attempt is to stop; for handlers that run in a thread, which nobody can interrupt.

        Raises:
            CancelRun: it is.
        """
        if self.cancelled:
            raise CancelRun("The attempt was asked to stop.")

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far the handler is, from 0 to 1; readers of the run see it within a fraction of a second.

        Raises:
            ValueError: `fraction` is not between 0 and 1.
        """
        if not 0 <= fraction <= 1:
            raise ValueError(f"progress goes from 0 to 1, not to {fraction}")
        self._say(message, fraction=float(fraction))

    def log(self, message: str, **fields: str | float | bool | None) -> None:
        """Leave a line, with some values, on the run's event log. Other values than these are kept as their text."""
        self._say(message, fields={name: _plain(value) for name, value in fields.items()})

    def _say(self, message: str, *, fraction: float | None = None, fields: dict[str, Any] | None = None) -> None:
        claimed = self._claimed
        self._note(
            Note(
                claimed.run_id, claimed.tenant_id, claimed.lease, self._clock.now(),
                storable(str(message), _LONGEST_MESSAGE), fraction, fields,
            )
        )  # fmt: skip

    def ask_to_stop(self) -> None:
        """For the worker: from now on `cancelled` is true."""
        self._cancelled = True


def _plain(value: object) -> str | float | bool | None:
    """The value, if every reader of JSON can take it; else its text. A log line is no reason to fail."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST_INTEGER:
        return int(value)
    return storable(str(value), _LONGEST_MESSAGE)
