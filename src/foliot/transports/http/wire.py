"""What the API shows of jobs, runs and their events, and how it is made from the domain's values."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.ids import ID_PATTERN
from foliot.domain.job import Job
from foliot.domain.page import DEFAULT_PAGE, LARGEST_PAGE, Page, PageRequest
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import LONGEST_NAME, Overlap, check_name
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Attempt, Cause, Failure, Progress, Run
from foliot.domain.schedule import MisfirePolicy, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.service.graphs import Family, Graph, Relative
from foliot.service.occurrences import Told

Id = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid", "pattern": f"^{ID_PATTERN}$"})]
Name = Annotated[str, msgspec.Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST_NAME})]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
PriorityName = Literal["critical", "high", "default", "low"]
Limit = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_PAGE, description="The most items to answer with.")]
Cursor = Annotated[str, msgspec.Meta(description="`next_cursor` of the page before; its filters must be the same.")]

PRIORITIES: Final[dict[str, Priority]] = {priority.label: priority for priority in Priority}
PRIORITY_NAMES: Final[dict[Priority, PriorityName]] = {
    Priority.CRITICAL: "critical",
    Priority.HIGH: "high",
    Priority.DEFAULT: "default",
    Priority.LOW: "low",
}


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a listing, newest first."""

    limit: Limit = DEFAULT_PAGE
    cursor: Cursor | None = None

    def page(self) -> PageRequest:
        """The same for the service."""
        return PageRequest(self.limit, self.cursor)


class RelativeView(msgspec.Struct, frozen=True, kw_only=True):
    """A job that another waits or waited for, or the other way round; type and state are null once it is forgotten."""

    job_id: Id
    wait_for: WaitFor
    type: str | None
    state: RunState | None


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job: what is to run and when. A listing leaves out the payloads, and who waits for whom."""

    id: Id
    type: str
    queue: str
    priority: PriorityName
    state: JobState
    created_at: Instant
    created_by: str
    schedule: Schedule | None
    timeout_seconds: float | None
    retry: RetryPolicy | None
    misfire: MisfirePolicy | None
    overlap: Overlap | None
    expires_in_seconds: Annotated[
        float | None, msgspec.Meta(description="How long after they are due the runs of a job that recurs may start.")
    ]
    expires_at: Annotated[Instant | None, msgspec.Meta(description="By when a job that runs once must have started.")]
    next_at: Annotated[
        Instant | None, msgspec.Meta(description="The next planned instant of a job that recurs and is not paused.")
    ]
    planned: Annotated[int, msgspec.Meta(description="How many occurrences of a job that recurs were planned so far.")]
    revision: Annotated[int, msgspec.Meta(description="One more each time that it is edited, paused or resumed.")]
    root_id: Annotated[
        Id | None, msgspec.Meta(description="The job that recurs after each of whose runs this one has a run, if any.")
    ] = None
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    parents: Sequence[RelativeView] | msgspec.UnsetType = msgspec.UNSET
    join: Join | msgspec.UnsetType | None = msgspec.UNSET
    children: Sequence[RelativeView] | msgspec.UnsetType = msgspec.UNSET


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A job of a graph, and how its run stands; type and state are null once it is forgotten."""

    job_id: Id
    type: str | None
    state: RunState | None


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """That a job waits or waited for another."""

    parent_id: Id
    child_id: Id
    wait_for: WaitFor


class GraphView(msgspec.Struct, frozen=True, kw_only=True):
    """A job, those that it waits for, and all that come after it; `is_whole` is false where there are too many."""

    job_id: Id
    parents: Sequence[RelativeView]
    members: Sequence[MemberView]
    links: Sequence[LinkView]
    is_whole: bool


class OccurrenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A planned instant of a recurring job, come or still to come."""

    planned_at: Instant
    local: Annotated[Instant, msgspec.Meta(description="The same instant as clocks show it in the schedule's zone.")]
    due_at: Annotated[Instant, msgspec.Meta(description="When its run is due: later than planned by the jitter.")]
    reason: Annotated[
        str,
        msgspec.Meta(
            description="`planned`, `waiting`, `ran`, `late 41 s`, `merged: coalesce`, `skipped: overlap`, "
            "`skipped: misfire`, `skipped: calendar`, `cancelled` or `expired`."
        ),
    ]
    note: Annotated[str | None, msgspec.Meta(description="What is decided where clocks are set.")]
    run_id: Id | None
    state: RunState | None


class OccurrencePage(msgspec.Struct, frozen=True):
    """Occurrences, the earliest first, and where they go on: null for the last page."""

    items: Sequence[OccurrenceView]
    next_from: Instant | None


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run: one execution of a job. A listing leaves the results out."""

    id: Id
    job_id: Id
    type: str
    queue: str
    priority: PriorityName
    state: RunState
    due_at: Instant
    attempt: Annotated[int, msgspec.Meta(description="How many tries have begun.")]
    max_attempts: int
    created_at: Instant
    queued_at: Instant | None
    started_at: Instant | None
    finished_at: Instant | None
    expires_at: Annotated[Instant | None, msgspec.Meta(description="It ends then, unless an attempt has begun.")]
    planned_at: Annotated[
        Instant | None, msgspec.Meta(description="The planned instant of a job that recurs for which it stands.")
    ]
    lateness_seconds: float | None
    worker: str | None
    cancel_requested_at: Instant | None
    progress: Progress | None
    error: Failure | None
    cause: Cause | None
    replay_of: Id | None
    result: msgspec.Raw | msgspec.UnsetType | None = msgspec.UNSET


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a run. `state` is what the run became when it ended."""

    number: int
    lease: int
    worker: str
    state: RunState
    due_at: Instant
    queued_at: Instant
    started_at: Instant
    ended_at: Instant | None
    cause: Cause | None
    error: Failure | None
    retry_at: Instant | None


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a job or a run."""

    id: Id
    type: EventType
    at: Instant
    job_id: Id
    run_id: Id | None
    data: dict[str, Any]


class JobPage(msgspec.Struct, frozen=True):
    """Some jobs, newest first; `next_cursor` is null on the last page."""

    items: Sequence[JobView]
    next_cursor: str | None


class RunPage(msgspec.Struct, frozen=True):
    """Some runs, newest first; `next_cursor` is null on the last page."""

    items: Sequence[RunView]
    next_cursor: str | None


class AttemptList(msgspec.Struct, frozen=True):
    """All tries of a run, oldest first."""

    items: Sequence[AttemptView]


class EventList(msgspec.Struct, frozen=True):
    """All that happened, oldest first."""

    items: Sequence[EventView]


class WhoIAm(msgspec.Struct, frozen=True):
    """Whom the key stands for."""

    tenant_id: Id
    user_id: str
    role: Role


def checked_names(**names: str | None) -> None:
    """Refuse a filter by a name that nothing can have.

    Raises:
        InvalidPolicy: naming the parameter.
    """
    for field, name in names.items():
        if name is not None:
            check_name(name, field)


def view_job(job: Job) -> JobView:
    """A job without its payload."""
    return JobView(
        id=job.id,
        type=job.type,
        queue=job.queue,
        priority=PRIORITY_NAMES[job.priority],
        state=job.state,
        created_at=job.created_at,
        created_by=job.user_id,
        schedule=job.schedule,
        timeout_seconds=job.overrides.timeout_seconds,
        retry=job.overrides.retry,
        misfire=job.overrides.misfire,
        overlap=job.overrides.overlap,
        expires_in_seconds=job.overrides.expires_in_seconds,
        expires_at=job.overrides.expires_at,
        next_at=job.upcoming,
        planned=job.planned,
        revision=job.revision,
        root_id=job.root_id,
    )


def view_whole_job(job: Job, family: Family) -> JobView:
    """A job with its payload, as it was sent, its parents and its children."""
    return msgspec.structs.replace(
        view_job(job),
        payload=msgspec.Raw(job.payload),
        parents=_view_relatives(family.parents),
        join=None if job.after is None else job.after.join,
        children=_view_relatives(family.children),
    )


def view_occurrence(told: Told) -> OccurrenceView:
    """An occurrence."""
    return OccurrenceView(**msgspec.structs.asdict(told))


def view_graph(graph: Graph) -> GraphView:
    """A graph."""
    return GraphView(
        job_id=graph.job_id,
        parents=_view_relatives(graph.parents),
        members=[MemberView(job_id=each.job_id, type=each.type, state=each.state) for each in graph.members.values()],
        links=[
            LinkView(parent_id=link.parent_id, child_id=link.child_id, wait_for=link.wait_for) for link in graph.links
        ],
        is_whole=graph.is_whole,
    )


def _view_relatives(relatives: Sequence[Relative]) -> list[RelativeView]:
    return [
        RelativeView(job_id=each.job_id, wait_for=each.wait_for, type=each.type, state=each.state) for each in relatives
    ]


def view_run(run: Run) -> RunView:
    """A run without its result."""
    lateness = run.lateness
    return RunView(
        id=run.id,
        job_id=run.job_id,
        type=run.type,
        queue=run.queue,
        priority=PRIORITY_NAMES[run.priority],
        state=run.state,
        due_at=run.due_at,
        attempt=run.attempt,
        max_attempts=run.max_attempts,
        created_at=run.created_at,
        queued_at=run.queued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        expires_at=run.expires_at,
        planned_at=run.planned_at,
        lateness_seconds=None if lateness is None else lateness.total_seconds(),
        worker=run.worker,
        cancel_requested_at=run.cancel_requested_at,
        progress=run.progress,
        error=run.error,
        cause=run.cause,
        replay_of=run.replay_of,
    )


def view_whole_run(run: Run) -> RunView:
    """A run with its result, null where it has none."""
    result = None if run.result is None else msgspec.Raw(run.result)
    return msgspec.structs.replace(view_run(run), result=result)


def view_runs(page: Page[Run]) -> RunPage:
    """A page of runs."""
    return RunPage([view_run(run) for run in page.items], page.next_cursor)


def view_attempt(attempt: Attempt) -> AttemptView:
    """One try."""
    return AttemptView(
        number=attempt.number,
        lease=attempt.lease,
        worker=attempt.worker,
        state=attempt.state,
        due_at=attempt.due_at,
        queued_at=attempt.queued_at,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        cause=attempt.cause,
        error=attempt.error,
        retry_at=attempt.retry_at,
    )


def view_event(event: Event) -> EventView:
    """One event."""
    return EventView(
        id=event.id, type=event.type, at=event.at, job_id=event.job_id, run_id=event.run_id, data=event.data
    )
