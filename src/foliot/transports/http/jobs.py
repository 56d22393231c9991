"""Jobs: list, show, edit, cancel, and what belongs to one."""

from typing import Annotated, Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.job import Job
from foliot.domain.page import DEFAULT_PAGE
from foliot.domain.states import JobState, RunState
from foliot.ports import JobFilter, RunFilter
from foliot.service.services import Services
from foliot.transports.http.answers import Answer
from foliot.transports.http.editing import JobPatch
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.etags import expected_revision
from foliot.transports.http.wire import (
    EventList,
    GraphView,
    Instant,
    JobPage,
    JobView,
    Limit,
    Name,
    OccurrencePage,
    PageQuery,
    RunPage,
    RunView,
    checked_names,
    view_event,
    view_graph,
    view_job,
    view_occurrence,
    view_run,
    view_runs,
    view_whole_job,
    view_whole_run,
)


class JobsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which jobs."""

    state: JobState | None = None
    type: Name | None = None
    queue: Name | None = None


class JobRunsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs of a job."""

    state: RunState | None = None


class OccurrencesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which occurrences of a job."""

    since: Annotated[
        Instant | None, msgspec.Meta(description="The earliest planned instant; a day ago when left out.")
    ] = msgspec.field(default=None, name="from")
    until: Annotated[Instant | None, msgspec.Meta(description="Planned before this.")] = msgspec.field(
        default=None, name="to"
    )
    limit: Limit = DEFAULT_PAGE


@endpoint("GET", "/v1/jobs", "List jobs", tag="Jobs")
async def list_jobs(services: Services, identity: Identity, query: JobsQuery) -> JobPage:
    """The tenant's jobs, newest first, without their payloads."""
    checked_names(type=query.type, queue=query.queue)
    wanted = JobFilter(state=query.state, type=query.type, queue=query.queue)
    page = await services.jobs.page(identity, wanted, query.page())
    return JobPage([view_job(job) for job in page.items], page.next_cursor)


@endpoint("GET", "/v1/jobs/{job_id}", "Show a job", tag="Jobs", also=(304,), has_tag=True)
async def show_job(services: Services, identity: Identity, job_id: str, if_none_match: str | None) -> Answer[JobView]:
    """A job with its payload, its parents and its children; 304 if the caller has the very same already."""
    job = await services.jobs.get(identity, job_id)
    return msgspec.structs.replace(await _answer(services, identity, job), if_none_match=if_none_match)


@endpoint("PATCH", "/v1/jobs/{job_id}", "Edit a job", tag="Jobs", refuses=(409, 412), has_tag=True)
async def update_job(
    services: Services, identity: Identity, job_id: str, body: JobPatch, if_match: str | None
) -> Answer[JobView]:
    """Merges what is sent into the job (RFC 7396), all or nothing. `If-Match` with the tag of a job that was shown, or
    its revision, lets nobody's change get lost. Another schedule is followed from its first occurrence on; all else
    applies to runs that wait. A job that runs once can be edited while its run waits, its time until that is
    started."""
    expected = await expected_revision(services, identity, job_id, if_match)
    return await _answer(services, identity, await services.jobs.update(identity, job_id, body.changes, expected))


@endpoint("GET", "/v1/jobs/{job_id}/graph", "Show what waits for a job", tag="Jobs")
async def show_graph(services: Services, identity: Identity, job_id: str) -> GraphView:
    """The job, those that it waits for, and all that come after it, directly or not, with how their runs stand: at
    most some 1,000."""
    return view_graph(await services.graphs.graph(identity, job_id))


@endpoint("POST", "/v1/jobs/{job_id}/cancel", "Cancel a job", tag="Jobs", refuses=(412,), has_tag=True)
async def cancel_job(services: Services, identity: Identity, job_id: str, if_match: str | None) -> Answer[JobView]:
    """Ends a job: no more occurrences; its runs that have not started are cancelled, running ones are asked to stop.
    All that comes after it and has not started is cancelled too, but for what waits for a parent to be cancelled or
    finished. A job that has ended stays as it is."""
    expected = await expected_revision(services, identity, job_id, if_match)
    return await _answer(services, identity, await services.jobs.cancel(identity, job_id, expected))


@endpoint("POST", "/v1/jobs/{job_id}/pause", "Pause a recurring job", tag="Jobs", refuses=(409, 412), has_tag=True)
async def pause_job(services: Services, identity: Identity, job_id: str, if_match: str | None) -> Answer[JobView]:
    """No more occurrences are planned until it is resumed; runs that exist go on."""
    expected = await expected_revision(services, identity, job_id, if_match)
    return await _answer(services, identity, await services.jobs.pause(identity, job_id, expected))


@endpoint("POST", "/v1/jobs/{job_id}/resume", "Resume a paused job", tag="Jobs", refuses=(409, 412), has_tag=True)
async def resume_job(services: Services, identity: Identity, job_id: str, if_match: str | None) -> Answer[JobView]:
    """Goes on with the first occurrence from now on; the event `job.resumed` tells how many were passed over."""
    expected = await expected_revision(services, identity, job_id, if_match)
    return await _answer(services, identity, await services.jobs.resume(identity, job_id, expected))


@endpoint("POST", "/v1/jobs/{job_id}/run", "Run a recurring job now", tag="Jobs", refuses=(409, 412))
async def run_job_now(services: Services, identity: Identity, job_id: str, if_match: str | None) -> RunView:
    """One run more, due now, beside the schedule and whatever else of the job runs."""
    expected = await expected_revision(services, identity, job_id, if_match)
    return view_whole_run(await services.jobs.run_now(identity, job_id, expected))


@endpoint("GET", "/v1/jobs/{job_id}/events", "What happened to a job", tag="Jobs")
async def list_job_events(services: Services, identity: Identity, job_id: str) -> EventList:
    """What happened to the job itself, oldest first; each of its runs tells its own story."""
    return EventList([view_event(event) for event in await services.jobs.events(identity, job_id)])


@endpoint("GET", "/v1/jobs/{job_id}/runs", "List the runs of a job", tag="Jobs")
async def list_job_runs(services: Services, identity: Identity, job_id: str, query: JobRunsQuery) -> RunPage:
    """The runs of a job, newest first, without their results."""
    wanted = RunFilter(state=query.state, job_id=job_id)
    return view_runs(await services.runs.page(identity, wanted, query.page()))


@endpoint("GET", "/v1/jobs/{job_id}/occurrences", "List the occurrences of a job", tag="Jobs", refuses=(409,))
async def list_occurrences(
    services: Services, identity: Identity, job_id: str, query: OccurrencesQuery
) -> OccurrencePage:
    """What became of the planned instants of a recurring job that have come, each with its reason, and then those that
    are planned: the earliest first. Go on with `next_from` as `from`."""
    found = await services.occurrences.between(identity, job_id, query.since, query.until, query.limit)
    return OccurrencePage([view_occurrence(told) for told in found.items], found.next_from)


class BackfillRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which occurrences of the past are to run now."""

    since: Annotated[Instant, msgspec.Meta(description="The earliest planned instant.")] = msgspec.field(name="from")
    until: Annotated[Instant | None, msgspec.Meta(description="Planned before this; now when left out.")] = (
        msgspec.field(default=None, name="to")
    )


@endpoint("POST", "/v1/jobs/{job_id}/backfill", "Backfill a recurring job", tag="Jobs", refuses=(409,))
async def backfill_job(services: Services, identity: Identity, job_id: str, body: BackfillRequest) -> RunPage:
    """A run, now, for each occurrence of a range of the past that had none of its own: one after the other, unless the
    job's overlaps are allowed. At most 1,000 occurrences may lie in that range."""
    runs = await services.backfilling.backfill(identity, job_id, body.since, body.until)
    return RunPage([view_run(run) for run in runs], None)


ENDPOINTS: Final = (
    list_jobs, show_job, update_job, show_graph, cancel_job, pause_job, resume_job, run_job_now, list_job_events,
    list_job_runs, list_occurrences, backfill_job,
)  # fmt: skip


async def _answer(services: Services, identity: Identity, job: Job) -> Answer[JobView]:
    """A job with its tag."""
    return Answer(view_whole_job(job, await services.graphs.family(identity, job)), revision=job.revision)
