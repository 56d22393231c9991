"""Tools on jobs: make one, look at them, steer them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from foliot.domain.errors import InvalidTime
from foliot.domain.identity import Role
from foliot.domain.job import Job
from foliot.domain.page import PageRequest
from foliot.domain.parents import WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Run
from foliot.domain.schedule import At, Schedule
from foliot.domain.states import JobState, RunState
from foliot.ports import JobFilter, RunFilter
from foliot.service.admission import JobRequest, ParentRequest
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
    schedule_told,
)
from foliot.transports.mcp.reading import InvalidArguments, checked_names
from foliot.transports.mcp.tool import CHANGES, ENDS, READS, REPLACES, STARTS_WORK, STARTS_WORK_ONCE, Call, tool
from foliot.transports.mcp.when import Planned, ShownIn, When, WhenAnew, local, planned, span

DEFAULT_LINES: Final = 20
LARGEST_LINES: Final = 100
_LOOKED_THROUGH: Final = 100
_MOST_SIMILAR: Final = 3

JobId = Annotated[str, msgspec.Meta(description="The job's id.")]
TypeName = Annotated[str, msgspec.Meta(description="Job type, from types_list, as report.build.")]
Urgency = Annotated[Literal["critical", "high", "default", "low"], msgspec.Meta(description="How urgent.")]
QueueName = Annotated[str, msgspec.Meta(description="Only those of this queue, as default.")]
Lines = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_LINES, description="At most so many items.")]
Cursor = Annotated[str, msgspec.Meta(description="next_cursor of the page before.")]


class NewTask(When, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be made."""

    type: TypeName
    payload: Annotated[
        dict[str, Any], msgspec.Meta(description="The type's arguments; types_list has their schema.")
    ] = msgspec.field(default_factory=dict)
    priority: Urgency | None = None
    queue: Annotated[str, msgspec.Meta(description="Leave out for the type's own.")] | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, description="Bounds one attempt.")] | None = None
    max_attempts: Annotated[int, msgspec.Meta(ge=1, le=100, description="Tries in all.")] | None = None
    after: Annotated[Sequence[str], msgspec.Meta(description="Ids of jobs that must end first.")] = ()
    wait_for: Annotated[WaitFor, msgspec.Meta(description="How those must end.")] = WaitFor.SUCCEEDED
    key: (
        Annotated[
            str, msgspec.Meta(description="Any text; a new one makes another job of an identical call. See `created`.")
        ]
        | None
    ) = None


class TheTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A job."""

    job_id: JobId


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
    """Which runs of a job to list."""

    job_id: JobId
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
    revision: (
        Annotated[int, msgspec.Meta(ge=1, description="That of task_get; refused if somebody changed it since.")] | None
    ) = None


class WhatIf(WhenAnew, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule to look at."""

    show: Annotated[int, msgspec.Meta(ge=1, le=50, description="How many occurrences.")] = 5


class Occurrence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a job would run."""

    at: datetime
    local: str | None = None
    note: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a job would run, if it were made now."""

    schedule: str
    items: Sequence[Occurrence]
    next_step: str
    note: str | None = None


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
    max_attempts: int
    planned: int = 0
    parents: Sequence[dict[str, Any]] = ()
    children: Sequence[dict[str, Any]] = ()


@tool("Create a task", effects=STARTS_WORK_ONCE, role=Role.OPERATOR)
async def task_create(call: Call, arguments: NewTask) -> JobAnswer:
    """Schedules a job of a type: at once, or give one of at, delay, every, cron, rrule. Check times with task_preview
    first. The same call again within 24 hours makes no second job but answers with the first, `created` false."""
    plan = planned(arguments, call.now, call.timezone)
    request = await _request(call, arguments, plan)
    ticket = await call.services.jobs.submit(call.identity, request)
    job, run = await _standing(call, ticket.job_id)
    if not ticket.created:
        known = (
            f"An identical call made this job {span(call.now - job.created_at)} ago; nothing new was scheduled. "
            "If another one is wanted, call again with a new `key`."
        )
        return job_answer(job, run, call.now, plan.timezone, created=False, notes=[known])
    notes = [*plan.notes]
    similar = await _similar(call, job)
    if similar:
        notes.append("Other active jobs have the same type and payload, see similar_job_ids: cancel what is too many.")
    return job_answer(job, run, call.now, plan.timezone, created=True, notes=notes, similar=similar)


@tool("Preview a schedule", effects=READS)
async def task_preview(call: Call, arguments: WhatIf) -> Preview:
    """When a job would run, in UTC and local, with notes where clocks are set. Makes nothing: pass the same to
    task_create."""
    if arguments.is_without_times:
        raise InvalidArguments("Give one of at, delay, every, cron, rrule.", "at")
    plan = planned(arguments, call.now, call.timezone)
    schedule = plan.schedule or At(_due_at(call, plan))
    found = await call.services.previewing.preview(call.identity, schedule, call.now, arguments.show)
    return Preview(
        schedule=schedule_told(schedule),
        items=[Occurrence(at=each.at, local=local(each.at, plan.timezone), note=each.note) for each in found],
        note=" ".join(plan.notes) or None,
        next_step="task_create with the same times makes it." if found else "It has ended: nothing would ever run.",
    )


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
    job, run = await _standing(call, arguments.job_id)
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
        max_attempts=job.max_attempts,
        planned=job.planned,
        parents=[msgspec.to_builtins(each) for each in family.parents],
        children=[msgspec.to_builtins(each) for each in family.children],
    )


@tool("How a task stands", effects=READS)
async def task_status(call: Call, arguments: TheTaskShown) -> JobAnswer:
    """State of a job, of its latest run, and when it runs next."""
    job, run = await _standing(call, arguments.job_id)
    return job_answer(job, run, call.now, arguments.timezone or call.timezone)


@tool("Change a task", effects=REPLACES, role=Role.OPERATOR)
async def task_update(call: Call, arguments: TaskChanges) -> JobAnswer:
    """Changes what is given of a job, from its next run on; the rest stays. A one-off can be changed while it waits. A
    new schedule is given whole, with its timezone."""
    job = await call.services.jobs.get(call.identity, arguments.job_id)
    changes, plan = await _changes(call, arguments, job)
    await call.services.jobs.update(call.identity, job.id, changes, arguments.revision)
    changed, run = await _standing(call, job.id)
    notes = [*plan.notes] if changed.revision != job.revision else ["All was so already; nothing was changed."]
    return job_answer(changed, run, call.now, plan.timezone, notes=notes)


@tool("Cancel a task", effects=ENDS, role=Role.OPERATOR)
async def task_cancel(call: Call, arguments: TheTask) -> JobAnswer:
    """Ends a job for good, with what waits for it: runs that have not started are cancelled, running ones are asked to
    stop. To stop a recurring job for a while use task_pause."""
    await call.services.jobs.cancel(call.identity, arguments.job_id)
    return await _answer(call, arguments.job_id)


@tool("Pause a task", effects=CHANGES, role=Role.OPERATOR)
async def task_pause(call: Call, arguments: TheTask) -> JobAnswer:
    """No more occurrences of a recurring job until task_resume. Runs that exist go on."""
    await call.services.jobs.pause(call.identity, arguments.job_id)
    return await _answer(call, arguments.job_id)


@tool("Resume a task", effects=CHANGES, role=Role.OPERATOR)
async def task_resume(call: Call, arguments: TheTask) -> JobAnswer:
    """A paused job goes on with its first occurrence from now."""
    await call.services.jobs.resume(call.identity, arguments.job_id)
    return await _answer(call, arguments.job_id)


async def _run_now(call: Call, arguments: TheTask) -> Run:
    job, run = await _standing(call, arguments.job_id)
    if not job.recurs and run is not None and run.state in (RunState.PENDING, RunState.RETRYING):
        return await call.services.runs.retry_now(call.identity, run.id)
    return await call.services.jobs.run_now(call.identity, arguments.job_id)


@tool("Run a task now", effects=STARTS_WORK, role=Role.OPERATOR, follow=_run_now)
async def task_run_now(call: Call, arguments: TheTask) -> RunAnswer:
    """Runs a recurring job once more, beside its schedule, or makes a waiting one-off due now. Each call starts a run;
    follow it with task_wait."""
    return run_answer(await _run_now(call, arguments), call.now, call.timezone)


@tool("List a task's runs", effects=READS)
async def task_runs(call: Call, arguments: WhichRuns) -> RunLines:
    """The runs of a job, newest first, without results; run_get has these."""
    await call.services.jobs.get(call.identity, arguments.job_id)
    wanted = RunFilter(state=arguments.state, job_id=arguments.job_id)
    page = await call.services.runs.page(call.identity, wanted, PageRequest(arguments.limit, arguments.cursor))
    return RunLines([run_line(run) for run in page.items], page.next_cursor)


async def latest_run(call: Call, job: Job) -> Run | None:
    """The newest run of a job, if it has any."""
    page = await call.services.runs.page(call.identity, RunFilter(job_id=job.id), PageRequest(1))
    return page.items[0] if page.items else None


async def _standing(call: Call, job_id: str) -> tuple[Job, Run | None]:
    job = await call.services.jobs.get(call.identity, job_id)
    return job, await latest_run(call, job)


async def _answer(call: Call, job_id: str) -> JobAnswer:
    job, run = await _standing(call, job_id)
    return job_answer(job, run, call.now, call.timezone)


async def _request(call: Call, arguments: NewTask, plan: Planned) -> JobRequest:
    retry: RetryPolicy | None = None
    if arguments.max_attempts is not None:
        usual = (await call.services.catalogue.find(call.identity.tenant_id, arguments.type)).policy.retry
        retry = msgspec.structs.replace(usual, max_attempts=arguments.max_attempts)
    changed = arguments.timeout_seconds is not None or retry is not None
    request = JobRequest(
        type=arguments.type,
        payload=msgspec.json.encode(arguments.payload, order="sorted"),
        schedule=plan.schedule,
        delay_seconds=plan.delay_seconds,
        queue=arguments.queue,
        priority=None if arguments.priority is None else Priority[arguments.priority.upper()],
        overrides=Overrides(timeout_seconds=arguments.timeout_seconds, retry=retry) if changed else NO_OVERRIDES,
        parents=[ParentRequest(job_id=job_id, wait_for=arguments.wait_for) for job_id in arguments.after],
        key=arguments.key,
    )
    return request if request.key is not None else msgspec.structs.replace(request, key=_key(call, arguments, request))


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
    )
    return changes, plan


def _due_at(call: Call, plan: Planned) -> datetime:
    """When a job without a schedule is due."""
    try:
        return call.now + timedelta(seconds=plan.delay_seconds or 0)
    except OverflowError:
        raise InvalidTime("`delay` ends after the year 2199. Give a shorter one.", "delay") from None


def _key(call: Call, arguments: NewTask, request: JobRequest) -> str:
    """The same for the same call of the same client. A delay counts as it was said; what names an instant, such as the
    next 08:00, as what it stands for."""
    told = msgspec.json.encode((call.client, call.identity.user_id, arguments, request.schedule), order="sorted")
    return f"mcp-{hashlib.sha256(told).hexdigest()[:40]}"


async def _similar(call: Call, job: Job) -> list[str]:
    """Other active jobs of the same type and payload: what a model may have meant already."""
    wanted = JobFilter(state=JobState.ACTIVE, type=job.type)
    page = await call.services.jobs.page(call.identity, wanted, PageRequest(_LOOKED_THROUGH))
    found = [each.id for each in page.items if each.id != job.id and each.payload == job.payload]
    return found[:_MOST_SIMILAR]
