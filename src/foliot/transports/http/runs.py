"""Runs: list, show, cancel, retry now, and the story of one."""

from typing import Final

from foliot.domain.errors import InvalidRequest
from foliot.domain.identity import Identity
from foliot.domain.ids import is_id
from foliot.domain.states import RunState
from foliot.ports import RunFilter
from foliot.service.services import Services
from foliot.transports.http.answers import Answer
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.preferences import applied, ended_within, wait_of
from foliot.transports.http.streams import Caller
from foliot.transports.http.wire import (
    AttemptList,
    EventList,
    Id,
    Name,
    PageQuery,
    RunPage,
    RunView,
    checked_names,
    view_attempt,
    view_event,
    view_runs,
    view_whole_run,
)


class RunsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs."""

    state: RunState | None = None
    type: Name | None = None
    queue: Name | None = None
    job_id: Id | None = None


@endpoint("GET", "/v1/runs", "List runs", tag="Runs", refuses=(404,))
async def list_runs(services: Services, identity: Identity, query: RunsQuery) -> RunPage:
    """The tenant's runs, newest first, without their results."""
    checked_names(type=query.type, queue=query.queue)
    if query.job_id is not None and not is_id(query.job_id):
        raise InvalidRequest("job_id is not an id; ids here are lower-case UUIDv7.", "job_id")
    wanted = RunFilter(state=query.state, type=query.type, queue=query.queue, job_id=query.job_id)
    return view_runs(await services.runs.page(identity, wanted, query.page()))


@endpoint("GET", "/v1/runs/{run_id}", "Show a run", tag="Runs")
async def show_run(
    services: Services, identity: Identity, run_id: str, prefer: str | None, caller: Caller
) -> Answer[RunView]:
    """A run with its result or its error. With `Prefer: wait=n` the answer comes when the run is over, or after n
    seconds (60 at most) as it then stands."""
    seconds = wait_of(prefer)
    run = None if seconds is None else await ended_within(services, identity, run_id, seconds, caller)
    shown = view_whole_run(run or await services.runs.get(identity, run_id))
    return Answer(shown, preference_applied=applied(seconds))


@endpoint("POST", "/v1/runs/{run_id}/cancel", "Cancel a run", tag="Runs")
async def cancel_run(services: Services, identity: Identity, run_id: str) -> RunView:
    """Cancels a run that has not started; asks the worker of a running one to stop, `cancel_requested_at` is then
    set. Cancelling a run that is over changes nothing."""
    return view_whole_run(await services.runs.cancel(identity, run_id))


@endpoint("POST", "/v1/runs/{run_id}/retry", "Retry a run now", tag="Runs", refuses=(409,))
async def retry_run(services: Services, identity: Identity, run_id: str) -> RunView:
    """Makes a run that waits for its time, or for its next attempt, due now. One that failed is replayed instead."""
    return view_whole_run(await services.runs.retry_now(identity, run_id))


@endpoint("GET", "/v1/runs/{run_id}/attempts", "The attempts of a run", tag="Runs")
async def list_attempts(services: Services, identity: Identity, run_id: str) -> AttemptList:
    """All tries of a run, oldest first, the present one included."""
    return AttemptList([view_attempt(attempt) for attempt in await services.runs.attempts(identity, run_id)])


@endpoint("GET", "/v1/runs/{run_id}/events", "What happened to a run", tag="Runs")
async def list_run_events(services: Services, identity: Identity, run_id: str) -> EventList:
    """All that happened to a run, oldest first."""
    return EventList([view_event(event) for event in await services.runs.events(identity, run_id)])


ENDPOINTS: Final = (list_runs, show_run, cancel_run, retry_run, list_attempts, list_run_events)
