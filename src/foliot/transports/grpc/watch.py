"""Watching: what happens to a run, as it happens, until the run is over."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from foliot.domain.errors import Conflict, FoliotError
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.states import TRANSITIONS, EventType
from foliot.service.watchers import ChangeFilter
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.generated.scheduler.v1 import status_pb2
from foliot.transports.grpc.jobs import found, latest_run
from foliot.transports.grpc.reading import chosen_id, run_id_of
from foliot.transports.grpc.times import stamp
from foliot.transports.grpc.views import view_event, view_run
from foliot.transports.grpc.words import OF_A_RUN, RUN_STATES

_LEADS_TO: Final[Mapping[EventType, status_pb2.JobState]] = {
    event: OF_A_RUN[target] for edges in TRANSITIONS.values() for target, events in edges.items() for event in events
}
"""Where a run stands after an event; after others it stands where it did."""

_KINDS: Final = {
    "run": pb.WatchRunsResponse.KIND_RUN,
    "ready": pb.WatchRunsResponse.KIND_READY,
    "quiet": pb.WatchRunsResponse.KIND_QUIET,
    "reset": pb.WatchRunsResponse.KIND_RESET,
    "over": pb.WatchRunsResponse.KIND_OVER,
}
_FIELDS: Final = {
    "type": "types", "queue": "queues", "job_id": "job_ids", "run_id": "run_ids", "Last-Event-ID": "after_cursor",
}  # fmt: skip


async def watch_job(call: Call, request: pb.WatchJobRequest) -> AsyncIterator[status_pb2.JobEvent]:
    job = await found(call, request.job_id)
    if job.recurs:
        raise Conflict(f"The job {job.id} recurs; watch one of its runs with WatchRun, ListRuns tells them.")
    run = await latest_run(call, job)
    run_id = job.id if run is None else run.id
    standing = Standing(_beginning(job))
    after = request.after_event_id or None
    if after is not None:
        standing.catch_up(await call.services.runs.events(call.identity, run_id), after)
    async for event in call.services.watch.events(call.identity, run_id, after):
        yield standing.told(event, chosen_id(request.job_id))


async def watch_run(call: Call, request: pb.WatchRunRequest) -> AsyncIterator[pb.WatchRunResponse]:
    run_id, after = run_id_of(request.run_id), request.after_event_id or None
    async for event in call.services.watch.events(call.identity, run_id, after):
        yield pb.WatchRunResponse(event=view_event(event))


async def watch_runs(call: Call, request: pb.WatchRunsRequest) -> AsyncIterator[pb.WatchRunsResponse]:
    wanted = ChangeFilter(
        types=frozenset(request.types),
        queues=frozenset(request.queues),
        states=frozenset(state for number in request.states if (state := RUN_STATES.said(number, "states"))),
        job_ids=frozenset(request.job_ids),
        run_ids=frozenset(request.run_ids),
    )
    try:
        changes = await call.services.changes.watch(call.identity, wanted, request.after_cursor or None)
    except FoliotError as error:
        error.field = _FIELDS.get(error.field or "", error.field)
        raise
    async with contextlib.aclosing(changes):
        async for change in changes:
            run = None if change.run is None else view_run(change.run)
            yield pb.WatchRunsResponse(kind=_KINDS[change.kind], cursor=change.cursor, run=run)


class Standing:
    """Where a run stands while its story is told."""

    def __init__(self, state: status_pb2.JobState) -> None:
        self._state = state
        self._attempts = 0

    def catch_up(self, events: list[Event], last: str) -> None:
        """Go through the story up to an event that was told before, if it is of this story."""
        ids = [event.id for event in events]
        if last in ids:
            for event in events[: ids.index(last) + 1]:
                self._follow(event)

    def told(self, event: Event, job_id: str) -> status_pb2.JobEvent:
        """The event, and where it leads to."""
        self._follow(event)
        return status_pb2.JobEvent(
            job_id=job_id,
            state=self._state,
            message=_message(event),
            timestamp=stamp(event.at),
            attempts=self._attempts,
            event_id=event.id,
            type=event.type,
            run_id=event.run_id or "",
        )

    def _follow(self, event: Event) -> None:
        self._state = _LEADS_TO.get(event.type, self._state)
        if event.type is EventType.RUN_STARTED:
            self._attempts = event.data.get("attempt", self._attempts)


def _beginning(job: Job) -> status_pb2.JobState:
    """Where the run of a job stood when it was created; one that was due at once was queued in the same breath."""
    if job.after is not None:
        return status_pb2.JOB_STATE_BLOCKED
    return status_pb2.JOB_STATE_QUEUED if job.schedule is None else status_pb2.JOB_STATE_PENDING


def _message(event: Event) -> str:
    """What the event says of itself, for people."""
    data: Mapping[str, Any] = event.data
    error = data.get("error")
    if isinstance(error, Mapping) and error.get("message"):
        return str(error["message"])
    if data.get("message"):
        return str(data["message"])
    said = event.type.partition(".")[2].replace("_", " ").capitalize()
    return f"{said} by {data['worker']}" if data.get("worker") else said


OPERATIONS: Final = (watch_job, watch_run, watch_runs)
