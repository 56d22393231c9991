"""Tools on jobs: look at them, steer them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from foliot.domain.identity import Role
from foliot.domain.job import Job
from foliot.domain.page import PageRequest
from foliot.domain.policy import Overlap
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Run
from foliot.domain.schedule import MisfireName, Schedule, misfire_named
from foliot.domain.states import JobState, RunState
from foliot.ports import JobFilter, RunFilter
from foliot.service.editing import JobChanges
from foliot.transports.mcp.answers import (
    JobAnswer,
    JobLine,
    RunAnswer,
    RunLine,
    job_answer,
    job_line,
    run_answer,
    run_line,
)
from foliot.transports.mcp.reading import InvalidArguments, checked_names
from foliot.transports.mcp.tool import CHANGES, ENDS, READS, REPLACES, STARTS_WORK, Call, tool
from foliot.transports.mcp.when import Planned, ShownIn, WhenAnew, planned

DEFAULT_LINES: Final = 20
LARGEST_LINES: Final = 100

JobId = Annotated[str, msgspec.Meta(description="The job's id.")]
TypeName = Annotated[str, msgspec.Meta(description="From types_list, as report.build.")]
Urgency = Annotated[Literal["critical", "high", "default", "low"], msgspec.Meta(description="How urgent.")]
QueueName = Annotated[str, msgspec.Meta(description="Only of this queue, as default.")]
Lines = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_LINES, description="Most items.")]
Misfire = Annotated[MisfireName, msgspec.Meta(description="For times missed while down.")]
Overlapping = Annotated[Overlap, msgspec.Meta(description="If due while its last run goes on.")]
Revision = Annotated[int, msgspec.Meta(ge=1, description="Of task_get; refused if it changed since.")]
Cursor = Annotated[str, msgspec.Meta(description="next_cursor of the page before.")]


class TheTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A job."""

    job_id: JobId


class WhatToCancel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job, or one of its runs."""

    job_id: JobId | None = None
    run_id: Annotated[str, msgspec.Meta(description="Instead: one run; the job goes on.")] | None = None


class TheTaskSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job, as the caller has seen it."""

    job_id: JobId
    revision: Revision | None = None


class TheTaskShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A job, and the zone to show its times in."""

    job_id: JobId
    timezone: ShownIn | None = None


class WhichTasks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which jobs to list."""

    state: Annotated[JobState, msgspec.Meta(description="Only in this state.")] | None = None
    type: TypeName | None = None
    queue: QueueName | None = None
    timezone: ShownIn | None = None
    limit: Lines = DEFAULT_LINES
    cursor: Cursor | None = None


class WhichRuns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs to list."""

    job_id: Annotated[str, msgspec.Meta(description="Only those of this job.")] | None = None
    state: Annotated[RunState, msgspec.Meta(description="Only in this state.")] | None = None
    limit: Lines = DEFAULT_LINES
    cursor: Cursor | None = None


class TaskChanges(WhenAnew, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a job is to be otherwise."""

    job_id: JobId
    payload: Annotated[dict[str, Any], msgspec.Meta(description="All of it, not a part.")] | None = None
    priority: Urgency | None = None
    queue: Annotated[str, msgspec.Meta(description="Another queue, as slow.")] | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, description="Bounds one attempt.")] | None = None
    max_attempts: Annotated[int, msgspec.Meta(ge=1, le=100, description="Tries in all.")] | None = None
    misfire: Misfire | None = None
    overlap: Overlapping | None = None
    revision: Revision | None = None


class JobLines(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of jobs."""

    items: Sequence[JobLine]
    next_cursor: str | None = None


class RunLines(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of runs."""

    items: Sequence[RunLine]
    next_cursor: str | None = None


class WholeJob(JobAnswer, frozen=True, kw_only=True, omit_defaults=True):
    """A job with all that it was made of."""

    payload: Any = None
    queue: str
    priority: str
    created_at: datetime
    revision: int
    timeout_seconds: float | None = None
    expires_in_seconds: float | None = None
    misfire: MisfireName | None = None
    overlap: Overlap | None = None
    max_attempts: int
    planned: int = 0
    parents: Sequence[dict[str, Any]] = ()
    children: Sequence[dict[str, Any]] = ()


@tool("List tasks", effects=READS)
async def task_list(call: Call, arguments: WhichTasks) -> JobLines:
    """Jobs, newest first. Ended ones are kept for some days."""
    checked_names(type=arguments.type, queue=arguments.queue)
    wanted = JobFilter(state=arguments.state, type=arguments.type, queue=arguments.queue)
    page = await call.services.jobs.page(call.identity, wanted, PageRequest(arguments.limit, arguments.cursor))
    zone = arguments.timezone or call.timezone
    return JobLines([job_line(job, zone) for job in page.items], page.next_cursor)


@tool("Show a task", effects=READS)
async def task_get(call: Call, arguments: TheTaskShown) -> WholeJob:
    """A job whole: payload, schedule, limits, what it waits for, its latest run. For a quick look use task_status."""
    job, run = await standing(call, arguments.job_id)
    family = await call.services.graphs.family(call.identity, job)
    short = job_answer(job, run, call.now, arguments.timezone or call.timezone)
    return WholeJob(
        **msgspec.structs.asdict(short),
        payload=msgspec.json.decode(job.payload),
        queue=job.queue,
        priority=job.priority.label,
        created_at=job.created_at,
        revision=job.revision,
        timeout_seconds=job.overrides.timeout_seconds,
        expires_in_seconds=job.overrides.expires_in_seconds,
        misfire=None if job.overrides.misfire is None else msgspec.to_builtins(job.overrides.misfire)["kind"],
        overlap=job.overrides.overlap,
        max_attempts=job.max_attempts,
        planned=job.planned,
        parents=[msgspec.to_builtins(each) for each in family.parents],
        children=[msgspec.to_builtins(each) for each in family.children],
    )


@tool("How a task stands", effects=READS)
async def task_status(call: Call, arguments: TheTaskShown) -> JobAnswer:
    """State of a job, of its latest run, and when it runs next."""
    job, run = await standing(call, arguments.job_id)
    return job_answer(job, run, call.now, arguments.timezone or call.timezone)


@tool("Change a task", effects=REPLACES, role=Role.OPERATOR)
async def task_update(call: Call, arguments: TaskChanges) -> JobAnswer:
    """Changes what is given of a job, from its next run on; the rest stays. A one-off can be changed while it waits. A
    new schedule is given whole, with its timezone."""
    job = await call.services.jobs.get(call.identity, arguments.job_id)
    changes, plan = await _changes(call, arguments, job)
    await call.services.jobs.update(call.identity, job.id, changes, arguments.revision)
    changed, run = await standing(call, job.id)
    notes = [*plan.notes] if changed.revision != job.revision else ["All was so already; nothing was changed."]
    return job_answer(changed, run, call.now, plan.timezone, notes=notes)


@tool("Cancel a task", effects=ENDS, role=Role.OPERATOR)
async def task_cancel(call: Call, arguments: WhatToCancel) -> JobAnswer:
    """Ends a job for good, with what waits for it: runs that have not started are cancelled, running ones are asked to
    stop. To stop a recurring job for a while use task_pause."""
    if (arguments.run_id is None) is (arguments.job_id is None):
        raise InvalidArguments("Give job_id or run_id, one of them.", "job_id")
    if arguments.run_id is not None:
        run = await call.services.runs.cancel(call.identity, arguments.run_id)
        job = await call.services.jobs.get(call.identity, run.job_id)
        return job_answer(job, run, call.now, call.timezone)
    job = await call.services.jobs.cancel(call.identity, arguments.job_id or "")
    return job_answer(job, await latest_run(call, job), call.now, call.timezone)


@tool("Pause a task", effects=CHANGES, role=Role.OPERATOR)
async def task_pause(call: Call, arguments: TheTaskSeen) -> JobAnswer:
    """No more occurrences of a recurring job until task_resume. Runs that exist go on."""
    await call.services.jobs.pause(call.identity, arguments.job_id, arguments.revision)
    return await _answer(call, arguments.job_id)


@tool("Resume a task", effects=CHANGES, role=Role.OPERATOR)
async def task_resume(call: Call, arguments: TheTaskSeen) -> JobAnswer:
    """A paused job goes on with its first occurrence from now."""
    await call.services.jobs.resume(call.identity, arguments.job_id, arguments.revision)
    return await _answer(call, arguments.job_id)


async def _run_now(call: Call, arguments: TheTask) -> Run:
    job, run = await standing(call, arguments.job_id)
    if not job.recurs and run is not None and run.state in (RunState.PENDING, RunState.RETRYING):
        return await call.services.runs.retry_now(call.identity, run.id)
    return await call.services.jobs.run_now(call.identity, arguments.job_id)


@tool("Run a task now", effects=STARTS_WORK, role=Role.OPERATOR, follow=_run_now)
async def task_run_now(call: Call, arguments: TheTask) -> RunAnswer:
    """Runs a recurring job once more, beside its schedule, or makes a waiting one-off due now. Each call starts a run;
    follow it with task_wait."""
    return run_answer(await _run_now(call, arguments), call.now, call.timezone)


@tool("List runs", effects=READS)
async def task_runs(call: Call, arguments: WhichRuns) -> RunLines:
    """Runs, newest first, without results; run_get has these."""
    wanted = RunFilter(state=arguments.state, job_id=arguments.job_id)
    page = await call.services.runs.page(call.identity, wanted, PageRequest(arguments.limit, arguments.cursor))
    return RunLines([run_line(run) for run in page.items], page.next_cursor)


async def latest_run(call: Call, job: Job) -> Run | None:
    """The newest run of a job, if it has any."""
    page = await call.services.runs.page(call.identity, RunFilter(job_id=job.id), PageRequest(1))
    return page.items[0] if page.items else None


async def standing(call: Call, job_id: str) -> tuple[Job, Run | None]:
    job = await call.services.jobs.get(call.identity, job_id)
    return job, await latest_run(call, job)


async def _answer(call: Call, job_id: str) -> JobAnswer:
    job, run = await standing(call, job_id)
    return job_answer(job, run, call.now, call.timezone)


async def _changes(call: Call, arguments: TaskChanges, job: Job) -> tuple[JobChanges, Planned]:
    plan = Planned(None, arguments.timezone or call.timezone)
    schedule: Schedule | UnsetType | None = UNSET
    delay_seconds: float | UnsetType = UNSET
    if not arguments.is_without_times:
        plan = planned(arguments, call.now, call.timezone)
        schedule, delay_seconds = plan.schedule, UNSET
        if plan.delay_seconds is not None:
            schedule, delay_seconds = UNSET, plan.delay_seconds
    elif arguments.timezone is not None:
        raise InvalidArguments("timezone goes with a time: give the whole schedule again, in that zone.", "timezone")
    retry: RetryPolicy | UnsetType = UNSET
    if arguments.max_attempts is not None:
        usual = (
            job.overrides.retry or (await call.services.catalogue.find(call.identity.tenant_id, job.type)).policy.retry
        )
        retry = msgspec.structs.replace(usual, max_attempts=arguments.max_attempts)
    changes = JobChanges(
        payload=UNSET if arguments.payload is None else msgspec.json.encode(arguments.payload, order="sorted"),
        schedule=schedule,
        delay_seconds=delay_seconds,
        queue=UNSET if arguments.queue is None else arguments.queue,
        priority=UNSET if arguments.priority is None else Priority[arguments.priority.upper()],
        timeout_seconds=UNSET if arguments.timeout_seconds is None else arguments.timeout_seconds,
        retry=retry,
        misfire=UNSET if arguments.misfire is None else misfire_named(arguments.misfire),
        overlap=UNSET if arguments.overlap is None else arguments.overlap,
    )
    return changes, plan
