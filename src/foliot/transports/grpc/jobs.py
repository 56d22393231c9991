"""Jobs: show, list, cancel, and what belongs to one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from foliot.domain.errors import FoliotError, InvalidRequest, NotFound
from foliot.domain.ids import is_id
from foliot.domain.job import Job
from foliot.domain.page import DEFAULT_PAGE, PageRequest
from foliot.domain.run import Run
from foliot.domain.states import JobState, RunState
from foliot.ports import JobFilter, RunFilter
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.generated.scheduler.v1 import status_pb2
from foliot.transports.grpc.reading import chosen_id, expected_revision, key_of, name, page_request
from foliot.transports.grpc.times import instant_of, stamp
from foliot.transports.grpc.views import (
    view_event,
    view_graph,
    view_job,
    view_occurrence,
    view_run,
    view_run_of_job,
    view_whole_job,
)
from foliot.transports.grpc.words import OF_A_RUN, OF_A_SCHEDULE, PRIORITIES

_RUN_STATES: Final[dict[int, RunState]] = {
    status_pb2.JOB_STATE_FAILED: RunState.FAILED,
    **{number: state for state, number in OF_A_RUN.items()},
}
_JOB_STATES: Final[dict[int, JobState]] = {number: state for state, number in OF_A_SCHEDULE.items()}


async def get_job(call: Call, request: pb.GetJobRequest) -> status_pb2.JobStatus:
    job = await found(call, request.job_id)
    return await shown(call, job, request.job_id)


async def list_jobs(call: Call, request: pb.ListJobsRequest) -> pb.ListJobsResponse:
    page = page_request(request.page_size, request.page_token)
    priority = PRIORITIES.said(request.priority_filter, "priority_filter")
    job_type, queue = name(request.type_filter, "type_filter"), name(request.queue_filter, "queue_filter")
    state: int = request.state_filter
    if state and state not in _JOB_STATES:
        if state not in _RUN_STATES:
            raise InvalidRequest(f"state_filter has no value {state}; the .proto file lists all.", "state_filter")
        wanted = RunFilter(state=_RUN_STATES[state], type=job_type, queue=queue, priority=priority)
        runs = await call.services.runs.page(call.identity, wanted, page)
        return pb.ListJobsResponse(
            jobs=[view_run_of_job(run) for run in runs.items], next_page_token=runs.next_cursor or ""
        )
    kind = JobFilter(state=_JOB_STATES.get(state), type=job_type, queue=queue, priority=priority)
    jobs = await call.services.jobs.page(call.identity, kind, page)
    latest = await call.services.jobs.latest_runs(call.identity, jobs.items)
    entries = [view_job(job, run) for job, run in zip(jobs.items, latest, strict=True)]
    return pb.ListJobsResponse(jobs=entries, next_page_token=jobs.next_cursor or "")


async def cancel_job(call: Call, request: pb.CancelJobRequest) -> pb.CancelJobResponse:
    before = await found(call, request.job_id)
    job = await call.services.jobs.cancel(call.identity, before.id)
    run = await latest_run(call, job)
    stopped = job.state is JobState.CANCELLED or (run is not None and run.cancel_requested_at is not None)
    cancelled = before.state in (JobState.ACTIVE, JobState.PAUSED) and stopped
    return pb.CancelJobResponse(cancelled=cancelled, job=_named(view_whole_job(job, run), request.job_id))


async def pause_job(call: Call, request: pb.PauseJobRequest) -> pb.PauseJobResponse:
    expected, job_id = expected_revision(request.expected_revision), (await found(call, request.job_id)).id
    job = await call.services.jobs.pause(call.identity, job_id, expected)
    return pb.PauseJobResponse(job=await shown(call, job, request.job_id))


async def resume_job(call: Call, request: pb.ResumeJobRequest) -> pb.ResumeJobResponse:
    expected, job_id = expected_revision(request.expected_revision), (await found(call, request.job_id)).id
    job = await call.services.jobs.resume(call.identity, job_id, expected)
    return pb.ResumeJobResponse(job=await shown(call, job, request.job_id))


async def run_job(call: Call, request: pb.RunJobRequest) -> pb.RunJobResponse:
    run = await call.services.jobs.run_now(call.identity, (await found(call, request.job_id)).id)
    return pb.RunJobResponse(run=view_run(run))


async def list_occurrences(call: Call, request: pb.ListOccurrencesRequest) -> pb.ListOccurrencesResponse:
    since = instant_of(request.since, "since") if request.HasField("since") else None
    until = instant_of(request.until, "until") if request.HasField("until") else None
    job_id, limit = (await found(call, request.job_id)).id, request.limit or DEFAULT_PAGE
    with _range_named():
        told = await call.services.occurrences.between(call.identity, job_id, since, until, limit)
    return pb.ListOccurrencesResponse(
        occurrences=[view_occurrence(each) for each in told.items], next_since=stamp(told.next_from)
    )


async def backfill_job(call: Call, request: pb.BackfillJobRequest) -> pb.BackfillJobResponse:
    if not request.HasField("since"):
        raise InvalidRequest("since is missing.", "since")
    since = instant_of(request.since, "since")
    until = instant_of(request.until, "until") if request.HasField("until") else None
    job_id = (await found(call, request.job_id)).id
    with _range_named():
        runs = await call.services.backfilling.backfill(call.identity, job_id, since, until)
    return pb.BackfillJobResponse(runs=[view_run(run) for run in runs])


async def get_graph(call: Call, request: pb.GetGraphRequest) -> pb.GetGraphResponse:
    graph = await call.services.graphs.graph(call.identity, (await found(call, request.job_id)).id)
    return pb.GetGraphResponse(graph=view_graph(graph))


async def list_job_events(call: Call, request: pb.ListJobEventsRequest) -> pb.ListJobEventsResponse:
    events = await call.services.jobs.events(call.identity, (await found(call, request.job_id)).id)
    return pb.ListJobEventsResponse(events=[view_event(event) for event in events])


OPERATIONS: Final = (
    get_job,
    list_jobs,
    cancel_job,
    pause_job,
    resume_job,
    run_job,
    list_job_events,
    list_occurrences,
    backfill_job,
    get_graph,
)


async def found(call: Call, text: str) -> Job:
    """The job of an id: one of ours, or one that a caller chose when it submitted the job.

    Raises:
        InvalidRequest: it is no UUID.
        NotFound: this tenant has no such job.
    """
    jobs, job_id = call.services.jobs, chosen_id(text)
    try:
        if is_id(job_id):
            return await jobs.get(call.identity, job_id)
    except NotFound:
        pass
    try:
        return await jobs.get(call.identity, await jobs.id_of_key(call.identity, key_of(job_id)))
    except NotFound:
        raise NotFound(f"There is no job {job_id}.") from None


async def latest_run(call: Call, job: Job) -> Run | None:
    """The run by which a job is told: its own, the last replay of it, or the last run of one that recurs."""
    runs = call.services.runs
    if not job.recurs:
        try:
            run = await runs.get(call.identity, job.id)
        except NotFound:
            return None
        if run.state is not RunState.FAILED:
            return run
    page = await runs.page(call.identity, RunFilter(job_id=job.id), PageRequest(limit=1))
    return await runs.get(call.identity, page.items[0].id) if page.items else None


async def shown(call: Call, job: Job, asked: str) -> status_pb2.JobStatus:
    """The job with its payload, under the id by which it was asked for."""
    return _named(view_whole_job(job, await latest_run(call, job)), asked)


@contextmanager
def _range_named() -> Iterator[None]:
    """Errors name the ends of a range as the messages do."""
    try:
        yield
    except FoliotError as error:
        error.field = {"from": "since", "to": "until"}.get(error.field or "", error.field)
        raise


def _named(shown: status_pb2.JobStatus, asked: str) -> status_pb2.JobStatus:
    """The job under the id by which it was asked for."""
    shown.job_id = chosen_id(asked)
    return shown
