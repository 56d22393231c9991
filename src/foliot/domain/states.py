"""The one transition table. Every store writes a run's state only along these edges, and only from the expected one."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """Where a definition stands. A job that runs once is `completed` as soon as its run has ended."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """Where an execution stands."""

    BLOCKED = "blocked"
    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SKIPPED = "skipped"

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow."""
        return not TRANSITIONS[self]


class EventType(StrEnum):
    """What can happen to a job or a run: `noun.verb_past`."""

    JOB_CREATED = "job.created"
    JOB_UPDATED = "job.updated"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    JOB_CANCELLED = "job.cancelled"
    JOB_DEBOUNCED = "job.debounced"
    JOB_REPLANNED = "job.replanned"
    JOB_ENDED = "job.ended"
    RUN_CREATED = "run.created"
    RUN_UNBLOCKED = "run.unblocked"
    RUN_RULED_OUT = "run.ruled_out"
    RUN_QUEUED = "run.queued"
    RUN_STARTED = "run.started"
    RUN_SUCCEEDED = "run.succeeded"
    RUN_RETRY_SCHEDULED = "run.retry_scheduled"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    RUN_EXPIRED = "run.expired"
    RUN_SKIPPED = "run.skipped"
    RUN_HANDED_BACK = "run.handed_back"
    RUN_LEASE_LOST = "run.lease_lost"
    RUN_DEFERRED = "run.deferred"
    RUN_RESCHEDULED = "run.rescheduled"
    RUN_POSTPONED = "run.postponed"
    RUN_REQUESTED = "run.requested"
    RUN_CANCEL_REQUESTED = "run.cancel_requested"
    RUN_RETRY_REQUESTED = "run.retry_requested"
    RUN_PROGRESSED = "run.progressed"
    RUN_LOGGED = "run.logged"
    RUN_REPLAYED = "run.replayed"
    RUN_DISCARDED = "run.discarded"
    OCCURRENCES_MERGED = "occurrences.merged"
    OCCURRENCES_SKIPPED = "occurrences.skipped"
    OCCURRENCE_RESOLVED = "occurrence.resolved"


_S, _E = RunState, EventType

TRANSITIONS: Final[Mapping[RunState, Mapping[RunState, frozenset[EventType]]]] = {
    _S.BLOCKED: {
        _S.PENDING: frozenset({_E.RUN_UNBLOCKED}),
        _S.QUEUED: frozenset({_E.RUN_QUEUED}),
        _S.CANCELLED: frozenset({_E.RUN_CANCELLED}),
        _S.EXPIRED: frozenset({_E.RUN_EXPIRED}),
        _S.SKIPPED: frozenset({_E.RUN_SKIPPED}),
    },
    _S.PENDING: {
        _S.QUEUED: frozenset({_E.RUN_QUEUED}),
        _S.CANCELLED: frozenset({_E.RUN_CANCELLED}),
        _S.EXPIRED: frozenset({_E.RUN_EXPIRED}),
        _S.SKIPPED: frozenset({_E.RUN_SKIPPED}),
    },
    _S.QUEUED: {
        _S.RUNNING: frozenset({_E.RUN_STARTED}),
        _S.PENDING: frozenset({_E.RUN_POSTPONED}),
        _S.CANCELLED: frozenset({_E.RUN_CANCELLED}),
        _S.EXPIRED: frozenset({_E.RUN_EXPIRED}),
        _S.SKIPPED: frozenset({_E.RUN_SKIPPED}),
    },
    _S.RUNNING: {
        _S.SUCCEEDED: frozenset({_E.RUN_SUCCEEDED}),
        _S.FAILED: frozenset({_E.RUN_FAILED}),
        _S.RETRYING: frozenset({_E.RUN_RETRY_SCHEDULED}),
        _S.QUEUED: frozenset({_E.RUN_HANDED_BACK, _E.RUN_LEASE_LOST}),
        _S.PENDING: frozenset({_E.RUN_DEFERRED}),
        _S.CANCELLED: frozenset({_E.RUN_CANCELLED}),
    },
    _S.RETRYING: {
        _S.QUEUED: frozenset({_E.RUN_QUEUED}),
        _S.CANCELLED: frozenset({_E.RUN_CANCELLED}),
    },
    _S.SUCCEEDED: {},
    _S.FAILED: {},
    _S.CANCELLED: {},
    _S.EXPIRED: {},
    _S.SKIPPED: {},
}
"""From a state, to a state, and the events that tell of it. What is not here cannot happen."""


def may_become(state: RunState, target: RunState) -> bool:
    """Whether the table has the edge."""
    return target in TRANSITIONS[state]


def follow(events: Iterable[EventType]) -> frozenset[RunState]:
    """Walk a run's events along the table: the states in which it may now be, none if the walk is not a legal one.

    A run is created blocked or pending; one that is due at once is queued in the same breath.
    Events that move nothing, such as a log line, are passed over.
    """
    reached: frozenset[RunState] = frozenset()
    for position, event in enumerate(events):
        if event is EventType.RUN_CREATED and position == 0:
            reached = frozenset({RunState.BLOCKED, RunState.PENDING})
        elif event in _MOVES or event is EventType.RUN_CREATED:
            reached = frozenset(
                target for state in reached for target, names in TRANSITIONS[state].items() if event in names
            )
    return reached


_MOVES: Final = frozenset(event for edges in TRANSITIONS.values() for names in edges.values() for event in names)
