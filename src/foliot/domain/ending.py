"""How an attempt's end becomes its run's next state. Pure: the clock and the dice are arguments."""

import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import msgspec

from foliot.domain.errors import CancelRun, FoliotError, InvalidRequest, PermanentError, RetryLater
from foliot.domain.retry import LONGEST_DELAY_SECONDS, RetryPolicy, Verdict
from foliot.domain.run import Cause, Failure, Outcome
from foliot.domain.states import RunState

LONGEST_MESSAGE: Final = 2_000
"""The most characters of what is kept of a message."""

LONGEST_TRACE: Final = 8_000
_LARGEST_INTEGER: Final = 2**63 - 1
_OUR_FOLDER: Final = str(Path(__file__).parent.parent)


class Tried(Protocol):
    """What one needs to know of an attempt to end it: a run in hand."""

    @property
    def run_id(self) -> str: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def lease(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def max_attempts(self) -> int: ...


def succeeded(claimed: Tried, result: bytes, at: datetime) -> Outcome:
    """The handler returned."""
    return Outcome(
        run_id=claimed.run_id, tenant_id=claimed.tenant_id, lease=claimed.lease, state=RunState.SUCCEEDED,
        cause=Cause.RETURNED, at=at, result=result,
    )  # fmt: skip


class Raised(msgspec.Struct, frozen=True):
    """An exception as far as the decision needs it, in a form that can travel between processes.

    `verdict` and `after_seconds` are what the handler itself asked for; where it did not, `lineage`, the dotted names
    of the exception's class and its bases, is what the policy's rules are tried on.
    """

    failure: Failure
    lineage: Sequence[str] = ()
    verdict: Verdict | None = None
    after_seconds: float | None = None
    cause: Cause = Cause.RAISED


def raised(error: BaseException) -> Raised:
    """What is to be known of an exception that a handler raised."""
    failure, lineage = _failure_of(error), _lineage_of(error)
    match error:
        case CancelRun():
            return Raised(failure, lineage, Verdict.CANCELLED)
        case RetryLater():
            return Raised(failure, lineage, Verdict.RETRYABLE, max(0.0, error.after_seconds))
        case FoliotError():
            permanent = isinstance(error, PermanentError | InvalidRequest)
            return Raised(failure, lineage, Verdict.PERMANENT if permanent else None)
        case _:
            return Raised(failure, lineage)


def timed_out(seconds: float) -> Raised:
    """The attempt did not end within that time."""
    failure = Failure("timed_out", f"The handler did not end within {seconds:g} s.")
    return Raised(failure, ("builtins.TimeoutError",), cause=Cause.TIMED_OUT)


def failed(claimed: Tried, raised: Raised, policy: RetryPolicy, at: datetime, draw: float) -> Outcome:
    """The attempt failed: the run is tried again while the policy allows it, and is a dead letter then.

    `draw` is random in [0, 1).
    """
    verdict = raised.verdict or policy.verdict(raised.lineage)
    if verdict is Verdict.CANCELLED:
        return cancelled(claimed, at, raised.failure)
    if verdict is Verdict.PERMANENT or claimed.attempt >= claimed.max_attempts:
        return _outcome(claimed, RunState.FAILED, raised.cause, at, raised.failure)
    wait = policy.delay(claimed.attempt, draw)
    if raised.after_seconds is not None:
        wait = timedelta(seconds=min(raised.after_seconds, LONGEST_DELAY_SECONDS))
    return _outcome(claimed, RunState.RETRYING, raised.cause, at, raised.failure, due_at=at + wait)


def cancelled(claimed: Tried, at: datetime, failure: Failure | None = None) -> Outcome:
    """The attempt was stopped because its run was cancelled."""
    return _outcome(claimed, RunState.CANCELLED, Cause.CANCELLED, at, failure)


def handed_back(claimed: Tried, at: datetime) -> Outcome:
    """The worker stops: the run is queued again, as if it had not been tried."""
    return _outcome(claimed, RunState.QUEUED, Cause.HANDED_BACK, at)


def lease_lost(
    run_id: str, tenant_id: str, lease: int, worker: str, at: datetime, *, is_last: bool, is_cancelling: bool
) -> Outcome:
    """The worker has gone: the run is queued for another at once, unless it was its last attempt or is unwanted."""
    failure = Failure("lease_lost", f"Worker {worker} did not renew its lease; it died, or was stopped for too long.")
    state = RunState.CANCELLED if is_cancelling else RunState.FAILED if is_last else RunState.QUEUED
    return Outcome(
        run_id=run_id, tenant_id=tenant_id, lease=lease, state=state, cause=Cause.LEASE_LOST, at=at, error=failure
    )


def _failure_of(error: BaseException) -> Failure:
    """What is kept of an exception: its class, its message and its trace, each bounded."""
    kind = type(error)
    trace = _trace_of(error)
    return Failure(
        code=error.code if isinstance(error, FoliotError) else "handler_error",
        message=storable(_told(error), LONGEST_MESSAGE),
        type=f"{kind.__module__}.{kind.__qualname__}",
        trace=storable(trace[-LONGEST_TRACE:], LONGEST_TRACE),
    )


def _trace_of(error: BaseException) -> str:
    """Where it was raised, without our own frames around the handler."""
    told = traceback.TracebackException.from_exception(error)
    theirs = [frame for frame in told.stack if not frame.filename.startswith(_OUR_FOLDER)]
    if theirs:
        told.stack = traceback.StackSummary.from_list(theirs)
    return "".join(told.format())


def _told(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:  # a `__str__` of the user's own may fail
        return type(error).__name__


def _lineage_of(error: BaseException) -> list[str]:
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__[:-2]]


def storable(text: str, longest: int) -> str:
    """The text, clipped, without what UTF-8 has no form for (exceptions may hold undecodable file names)."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def plain(value: object) -> str | float | bool | None:
    """The value, if every reader of JSON can take it; else its text. A log line is no reason to fail."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST_INTEGER:
        return int(value)
    return storable(str(value), LONGEST_MESSAGE)


def _outcome(
    claimed: Tried,
    state: RunState,
    cause: Cause,
    at: datetime,
    failure: Failure | None = None,
    due_at: datetime | None = None,
) -> Outcome:
    return Outcome(
        run_id=claimed.run_id, tenant_id=claimed.tenant_id, lease=claimed.lease, state=state, cause=cause, at=at,
        error=failure, due_at=due_at,
    )  # fmt: skip
