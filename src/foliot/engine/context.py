"""What a handler is given about the attempt that it is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec

from foliot.domain.ending import LONGEST_MESSAGE, plain, storable, succeeded
from foliot.domain.errors import CancelRun, Conflict, InvalidRequest
from foliot.domain.run import Claimed, Note, Outcome
from foliot.engine.result import encode_result
from foliot.ports import Clock, EngineStore
from foliot.ports.parents import ParentResult

R = TypeVar("R")


class Context:
    """One attempt, as its handler sees it. All of it may be used from any thread.

    `lease` is the fencing token of this attempt: a later attempt of the run has a larger one.
    """

    __slots__ = ("_cancelled", "_claimed", "_clock", "_note", "_store", "completion", "parents")

    def __init__(
        self, claimed: Claimed, clock: Clock, note: Callable[[Note], None], store: EngineStore | None = None
    ) -> None:
        self._claimed = claimed
        self._clock = clock
        self._note = note
        self._store = store
        self._cancelled = False
        self.completion: Outcome | None = None
        """How the handler has ended the run itself, if it has."""
        self.parents: Sequence[ParentResult] = ()
        """The jobs that this one waited for, in the order in which it names them, with their results."""

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
    def planned_at(self) -> datetime | None:
        """The planned instant of a job that recurs for which this run stands, whenever it runs; None for any other."""
        return self._claimed.planned_at

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
        self._say(message, fields={name: plain(value) for name, value in fields.items()})

    def _say(self, message: str, *, fraction: float | None = None, fields: dict[str, Any] | None = None) -> None:
        claimed = self._claimed
        self._note(
            Note(
                claimed.run_id, claimed.tenant_id, claimed.lease, self._clock.now(),
                storable(str(message), LONGEST_MESSAGE), fraction, fields,
            )
        )  # fmt: skip

    async def complete_in(self, connection: object, result: R) -> R:
        """End the run, with its result, in the transaction that the handler has open: with what else it writes there.

        Both are committed together or not at all, so that the effect happens exactly once, however often the handler
        is run. Nothing may follow but the commit; what the handler then returns is not looked at.

        Args:
            connection: asyncpg's or psycopg's, or sqlite3's where the store is a file, with an open transaction.
            result: of the run; it must have a JSON form. It is given back, to be returned.

        Raises:
            LeaseLost: this attempt has lost its lease; let the error end the transaction.
            InvalidRequest: the store does not know such a connection.
            Conflict: no transaction is open, or the handler runs in a process of its own.
        """
        if self._store is None:
            raise Conflict("A handler in a child process cannot complete in a transaction; run it as async or thread.")
        outcome = succeeded(self._claimed, encode_result(result), self._clock.now())
        outcome = msgspec.structs.replace(outcome, is_stored=True)
        await self._store.finish_in(connection, outcome)
        self.completion = outcome
        return result

    def complete_in_blocking(self, connection: object, result: R) -> R:
        """The same for a plain function, with a connection that blocks: psycopg's `Connection`, or sqlite3's."""
        work = self.complete_in(connection, result)
        try:
            work.send(None)
        except StopIteration as done:
            return cast("R", done.value)
        work.close()
        raise InvalidRequest("Complete here with a connection that blocks: psycopg's `Connection`, or sqlite3's.")

    def ask_to_stop(self) -> None:
        """For the worker: from now on `cancelled` is true."""
        self._cancelled = True
