"""Runs: show, list, cancel, retry now, and the story of one."""

from typing import Final

from foliot.ports import RunFilter
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.jobs import found
from foliot.transports.grpc.reading import name, page_request, run_id_of
from foliot.transports.grpc.views import view_attempt, view_event, view_run
from foliot.transports.grpc.words import PRIORITIES, RUN_STATES


async def get_run(call: Call, request: pb.GetRunRequest) -> pb.GetRunResponse:
    return pb.GetRunResponse(run=view_run(await call.services.runs.get(call.identity, run_id_of(request.run_id))))


async def list_runs(call: Call, request: pb.ListRunsRequest) -> pb.ListRunsResponse:
    page = page_request(request.page_size, request.page_token)
    wanted = RunFilter(
        state=RUN_STATES.said(request.state_filter, "state_filter"),
        type=name(request.type_filter, "type_filter"),
        queue=name(request.queue_filter, "queue_filter"),
        priority=PRIORITIES.said(request.priority_filter, "priority_filter"),
        job_id=(await found(call, request.job_id)).id if request.job_id else None,
    )
    runs = await call.services.runs.page(call.identity, wanted, page)
    return pb.ListRunsResponse(runs=[view_run(run) for run in runs.items], next_page_token=runs.next_cursor or "")


async def cancel_run(call: Call, request: pb.CancelRunRequest) -> pb.CancelRunResponse:
    run = await call.services.runs.cancel(call.identity, run_id_of(request.run_id))
    return pb.CancelRunResponse(run=view_run(run))


async def retry_run(call: Call, request: pb.RetryRunRequest) -> pb.RetryRunResponse:
    run = await call.services.runs.retry_now(call.identity, run_id_of(request.run_id))
    return pb.RetryRunResponse(run=view_run(run))


async def list_attempts(call: Call, request: pb.ListAttemptsRequest) -> pb.ListAttemptsResponse:
    attempts = await call.services.runs.attempts(call.identity, run_id_of(request.run_id))
    return pb.ListAttemptsResponse(attempts=[view_attempt(attempt) for attempt in attempts])


async def list_run_events(call: Call, request: pb.ListRunEventsRequest) -> pb.ListRunEventsResponse:
    events = await call.services.runs.events(call.identity, run_id_of(request.run_id))
    return pb.ListRunEventsResponse(events=[view_event(event) for event in events])


OPERATIONS: Final = (get_run, list_runs, cancel_run, retry_run, list_attempts, list_run_events)
