"""The story of a run: what its own columns say, merged with what was appended, in one order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from foliot.domain.ids import derived_id
from foliot.domain.run import Attempt, Cause, Run
from foliot.domain.states import EventType, RunState


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An append-only record of what happened to a job or to one of its runs."""

    id: str
    tenant_id: str
    job_id: str
    run_id: str | None
    type: EventType
    at: datetime
    data: dict[str, Any] = msgspec.field(default_factory=dict)


_ENDINGS: Final = {
    RunState.SUCCEEDED: EventType.RUN_SUCCEEDED,
    RunState.FAILED: EventType.RUN_FAILED,
    RunState.CANCELLED: EventType.RUN_CANCELLED,
    RunState.EXPIRED: EventType.RUN_EXPIRED,
    RunState.SKIPPED: EventType.RUN_SKIPPED,
    RunState.RETRYING: EventType.RUN_RETRY_SCHEDULED,
    RunState.PENDING: EventType.RUN_DEFERRED,
}
ENDINGS: Final = frozenset(_ENDINGS[state] for state in RunState if state.is_over)
"""The events after which a run is over."""

_STEPS_PER_LEASE: Final = 4
_RETIMED: Final = frozenset({EventType.RUN_RESCHEDULED, EventType.RUN_POSTPONED})


def attempts_of(run: Run, earlier: Sequence[Attempt]) -> list[Attempt]:
    """All attempts of a run: the `earlier` ones have rows of their own, the latest is told by the run itself."""
    if run.started_at is None or run.queued_at is None:
        return list(earlier)
    latest = Attempt(
        run_id=run.id,
        number=run.attempt,
        lease=run.lease,
        worker=run.worker or "",
        state=run.state,
        due_at=run.due_at,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.finished_at,
        cause=run.cause,
        error=run.error,
    )
    return [*earlier, latest]


def story(run: Run, earlier: Sequence[Attempt], appended: Iterable[Event]) -> list[Event]:
    """All events of a run, oldest first.

    A plain run has no event rows: its columns say when it was created, queued, started and ended, and each
    `earlier` attempt has a row that says the same of it. `appended` are the events that have rows.
    """
    appended = sorted(appended, key=lambda event: (event.at, event.id))
    told = _Told(run)
    first_due_at: Any = earlier[0].due_at if earlier else run.due_at
    first_due_at = next((event.data["from"] for event in appended if event.type in _RETIMED), first_due_at)
    told.say(EventType.RUN_CREATED, run.created_at, 0, {"due_at": first_due_at} | _replay(run) | _expiry(run))
    for attempt in earlier:
        rank = attempt.lease * _STEPS_PER_LEASE
        told.attempt(attempt.queued_at, attempt.started_at, attempt.number, attempt.worker, attempt.lease)
        if attempt.ended_at is not None:
            told.say(_ending(attempt.state, attempt.cause), attempt.ended_at, rank + 2, _why(attempt))
    if run.queued_at is not None:
        told.attempt(run.queued_at, run.started_at, run.attempt, run.worker, run.lease + (run.started_at is None))
    if run.state.is_over and run.finished_at is not None:
        data = {"cause": run.cause} | (
            {} if run.error is None else {"error": msgspec.structs.replace(run.error, trace="")}
        )
        if run.state is RunState.EXPIRED:
            data |= _expiry(run)
        told.say(_ENDINGS[run.state], run.finished_at, (run.lease + 1) * _STEPS_PER_LEASE + 3, data)
    return _merge(told.events, _with_lost_queueing(appended))


def _with_lost_queueing(appended: Sequence[Event]) -> list[Event]:
    """A run that was postponed had been queued, of which its columns know nothing any more."""
    events: list[Event] = []
    for event in appended:
        if event.type is EventType.RUN_POSTPONED:
            at = min(msgspec.convert(event.data["queued_at"], datetime), event.at)
            identifier = derived_id(event.run_id or event.job_id, at, _STEPS_PER_LEASE)
            events.append(msgspec.structs.replace(event, id=identifier, type=EventType.RUN_QUEUED, at=at, data={}))
        events.append(event)
    return sorted(events, key=lambda event: event.at)


def _ending(state: RunState, cause: Cause | None) -> EventType:
    if state is RunState.QUEUED:
        return EventType.RUN_LEASE_LOST if cause is Cause.LEASE_LOST else EventType.RUN_HANDED_BACK
    return _ENDINGS[state]


def _why(attempt: Attempt) -> dict[str, Any]:
    why: dict[str, Any] = {"attempt": attempt.number, "cause": attempt.cause}
    if attempt.error is not None:
        why["error"] = msgspec.structs.replace(attempt.error, trace="")
    if attempt.retry_at is not None:
        why["retry_at"] = attempt.retry_at
    return why


def _replay(run: Run) -> dict[str, Any]:
    return {} if run.replay_of is None else {"replay_of": run.replay_of}


def _expiry(run: Run) -> dict[str, Any]:
    return {} if run.expires_at is None else {"expires_at": run.expires_at}


class _Told:
    """Gathers derived events in causal order, whatever the clocks of different processes said."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.events: list[Event] = []

    def attempt(
        self, queued_at: datetime, started_at: datetime | None, number: int, worker: str | None, lease: int
    ) -> None:
        """A stay in the queue, and the start of the attempt that it led to, if it did."""
        rank = lease * _STEPS_PER_LEASE
        if self.events[-1].type not in (EventType.RUN_HANDED_BACK, EventType.RUN_LEASE_LOST):
            self.say(EventType.RUN_QUEUED, queued_at, rank, {})
        if started_at is not None:
            data = {"attempt": number, "worker": worker, "lease": lease}
            self.say(EventType.RUN_STARTED, started_at, rank + 1, data)

    def say(self, kind: EventType, at: datetime, rank: int, data: dict[str, Any]) -> None:
        run, data = self._run, msgspec.to_builtins(data)
        identifier = derived_id(run.id, at, rank)
        if self.events and at < self.events[-1].at:
            at = self.events[-1].at
        self.events.append(
            Event(id=identifier, tenant_id=run.tenant_id, job_id=run.job_id, run_id=run.id, type=kind, at=at, data=data)
        )


def _merge(told: list[Event], appended: list[Event]) -> list[Event]:
    """Weave appended events in by time. Nothing comes before the creation."""
    merged: list[Event] = []
    rest = iter(appended)
    waiting = next(rest, None)
    for position, event in enumerate(told):
        while position and waiting is not None and waiting.at <= event.at:
            merged.append(waiting)
            waiting = next(rest, None)
        merged.append(event)
    if waiting is not None:
        merged.extend([waiting, *rest])
    return merged
