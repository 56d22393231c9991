"""What an edit makes of the runs of its job that wait, the same in every store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from foliot.domain.event import Event
from foliot.domain.priority import Priority
from foliot.domain.run import Queued
from foliot.domain.states import EventType, RunState
from foliot.ports import Edit, Edited, Retiming


class WaitingRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is not over and that no worker has in hand. `lease` is 0 if it was never started."""

    tenant_id: str
    id: str
    job_id: str
    type: str
    queue: str
    priority: Priority
    state: RunState
    due_at: datetime
    queued_at: datetime | None
    max_attempts: int
    lease: int
    expires_at: datetime | None


class Editing(msgspec.Struct, frozen=True):
    """What is to be written for an edit that is valid: the runs as they are to be, and the events."""

    edit: Edit
    runs: Sequence[WaitingRun]
    events: Sequence[Event]
    edited: Edited


def editing(edit: Edit, waiting: Sequence[WaitingRun]) -> Editing | None:
    """What becomes of the waiting runs of the job; None if the edit is not valid, as there is none that it is for."""
    if not edit.job.recurs and not waiting:
        return None
    events = [edit.event]
    runs = [_with_policy(edit, run) for run in waiting]
    if edit.retiming is not None:
        places = [place for place, run in enumerate(runs) if run.id == run.job_id and not run.lease]
        if not places:
            return None
        before = runs[places[0]]
        runs[places[0]] = _retimed(edit.retiming, before)
        events.append(_told(edit.retiming, before, runs[places[0]]))
    queued = tuple(
        Queued(run.id, run.tenant_id, run.type, run.queue, run.priority)
        for before, run in zip(waiting, runs, strict=True)
        if run.state is RunState.QUEUED and _place(before) != _place(run)
    )
    return Editing(edit, runs, events, Edited(is_stored=True, runs=tuple(run.id for run in runs), queued=queued))


def _with_policy(edit: Edit, run: WaitingRun) -> WaitingRun:
    job = edit.job
    run = msgspec.structs.replace(run, queue=job.queue, priority=job.priority, max_attempts=job.max_attempts)
    # One that has been started does not expire any more, but for one that was put off: it has its time still.
    if edit.changes_expiry and (not run.lease or run.expires_at is not None):
        return msgspec.structs.replace(run, expires_at=job.expiry_of(run.due_at))
    return run


def _retimed(retiming: Retiming, run: WaitingRun) -> WaitingRun:
    due_at, now = retiming.due_at, retiming.event.at
    if run.state is RunState.BLOCKED:
        return msgspec.structs.replace(run, due_at=due_at)
    if due_at > now:
        return msgspec.structs.replace(run, due_at=due_at, state=RunState.PENDING, queued_at=None)
    return msgspec.structs.replace(run, due_at=due_at, state=RunState.QUEUED, queued_at=run.queued_at or now)


def _told(retiming: Retiming, before: WaitingRun, after: WaitingRun) -> Event:
    """The event, with what it changed. That a run had been queued already is told by it alone from now on."""
    data: dict[str, Any] = {"from": before.due_at, "due_at": after.due_at}
    is_postponed = before.state is RunState.QUEUED and after.state is RunState.PENDING
    if is_postponed:
        data["queued_at"] = before.queued_at
    return msgspec.structs.replace(
        retiming.event,
        type=EventType.RUN_POSTPONED if is_postponed else EventType.RUN_RESCHEDULED,
        data=retiming.event.data | msgspec.to_builtins(data),
    )


def _place(run: WaitingRun) -> tuple[RunState, str, Priority]:
    return run.state, run.queue, run.priority
