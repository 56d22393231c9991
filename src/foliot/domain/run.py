"""A run, its attempts, the lease on one of them, and the outcome that ends an attempt."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from foliot.domain.parents import After
from foliot.domain.policy import NO_OVERRIDES, Overrides
from foliot.domain.priority import Priority
from foliot.domain.states import EventType, RunState

LARGEST_RESULT_BYTES: Final = 1024 * 1024


class Cause(StrEnum):
    """Why an attempt ended, or why a run ended without one."""

    RETURNED = "returned"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    LEASE_LOST = "lease_lost"
    HANDED_BACK = "handed_back"
    DEFERRED = "deferred"
    CANCELLED = "cancelled"
    OVERLAP = "overlap"
    CALENDAR = "calendar"
    PARENT = "parent"
    EXPIRED = "expired"


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: a stable code, the exception's class and message, and where it was raised."""

    code: str
    message: str
    type: str = ""
    trace: str = ""


class Progress(msgspec.Struct, frozen=True):
    """How far a handler says it is, from 0 to 1."""

    fraction: float
    message: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a job that is due or will be.

    `due_at` is when it is, or was, to be tried next: its planned time, after a failure that of the retry.
    `attempt` counts the tries begun so far. `lease` is the fencing token of the latest try: it grows with every
    claim, also where the attempt does not. `replay_of` names the dead letter that this run replays.
    `expires_at` is when it ends unless an attempt has begun by then: None for one that may wait for ever, or that goes
    on after an attempt. `planned_at` is the planned instant of a recurring job for which it stands. `remote` says of
    a run that is to be stored that workers outside do it: those of its tenant, which speak the worker protocol.
    """

    id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: Priority
    state: RunState
    due_at: datetime
    attempt: int
    max_attempts: int
    lease: int
    created_at: datetime
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    worker: str | None = None
    lease_until: datetime | None = None
    cancel_requested_at: datetime | None = None
    progress: Progress | None = None
    result: bytes | None = None
    error: Failure | None = None
    cause: Cause | None = None
    replay_of: str | None = None
    expires_at: datetime | None = None
    planned_at: datetime | None = None
    remote: bool = False

    @property
    def lateness(self) -> timedelta | None:
        """How long after its time the latest attempt began; for a first attempt, never negative."""
        return None if self.started_at is None else self.started_at - self.due_at


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a run. `state` is what the run became when it ended, `running` while it lasts."""

    run_id: str
    number: int
    lease: int
    worker: str
    state: RunState
    due_at: datetime
    queued_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    cause: Cause | None = None
    error: Failure | None = None
    retry_at: datetime | None = None


class Queued(msgspec.Struct, frozen=True):
    """A run that waits for a worker; where it is `remote`, for one outside."""

    run_id: str
    tenant_id: str
    type: str
    queue: str
    priority: Priority
    remote: bool = False

    @classmethod
    def of(cls, run: Run) -> "Queued":
        """What one needs to know of a run to hand it out."""
        return cls(run.id, run.tenant_id, run.type, run.queue, run.priority, run.remote)


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a worker's hands: what it needs to execute one attempt, and the lease that lets it finish."""

    run_id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: Priority
    payload: str
    due_at: datetime
    attempt: int
    max_attempts: int
    lease: int
    overrides: Overrides = NO_OVERRIDES
    after: After | None = None
    planned_at: datetime | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended, and so what its run becomes.

    Valid only while the run is running under `lease`. `due_at` is the next try's time where there is one;
    `burns_attempt` is False where the try does not count: it was handed back or deferred. `is_stored` is True where the
    handler has stored it itself, with what it wrote.
    """

    run_id: str
    tenant_id: str
    lease: int
    state: RunState
    cause: Cause
    at: datetime
    result: bytes | None = None
    error: Failure | None = None
    due_at: datetime | None = None
    is_stored: bool = False

    @property
    def burns_attempt(self) -> bool:
        return self.cause not in (Cause.HANDED_BACK, Cause.DEFERRED)


class Note(msgspec.Struct, frozen=True):
    """Something that a running attempt says about itself: a log line, or progress where `fraction` is set."""

    run_id: str
    tenant_id: str
    lease: int
    at: datetime
    message: str
    fraction: float | None = None
    fields: dict[str, Any] | None = None

    @property
    def kind(self) -> EventType:
        """The event that it becomes."""
        return EventType.RUN_LOGGED if self.fraction is None else EventType.RUN_PROGRESSED

    @property
    def progress(self) -> Progress | None:
        """The run's progress from now on, if it says that."""
        return None if self.fraction is None else Progress(self.fraction, self.message)

    @property
    def data(self) -> dict[str, Any]:
        """The data of that event."""
        said = {"message": self.message} | (self.fields or {})
        return said if self.fraction is None else said | {"fraction": self.fraction}
