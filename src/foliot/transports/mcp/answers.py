"""What tools answer: jobs and runs as a model needs them, with both ids, the times in UTC and local, and what to do
next. Members that say nothing are left out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.run import Run
from foliot.domain.schedule import At, Cron, Every, RRule, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.transports.mcp.when import local, span

LARGEST_RESULT_SHOWN: Final = 20_000
"""A result of more bytes would flood the conversation; the resource of the run has it whole."""

_SOON: Final = timedelta(minutes=1)
_WAITS: Final = (RunState.PENDING, RunState.RETRYING)


class JobAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a job stands, with its latest run."""

    job_id: str
    type: str
    state: JobState
    next_step: str
    run_id: str | None = None
    run_state: RunState | None = None
    next_at: datetime | None = None
    next_local: str | None = None
    schedule: str | None = None
    note: str | None = None


class JobLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job in a list."""

    job_id: str
    type: str
    state: JobState
    schedule: str
    created_at: datetime
    next_at: datetime | None = None
    next_local: str | None = None


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run stands."""

    run_id: str
    job_id: str
    type: str
    state: RunState
    due_at: datetime
    attempt: int
    next_step: str
    due_local: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: float | None = None
    message: str | None = None
    result: Any = None
    error: str | None = None
    replay_of: str | None = None
    note: str | None = None


class RunLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run in a list."""

    run_id: str
    job_id: str
    type: str
    state: RunState
    due_at: datetime
    attempt: int
    finished_at: datetime | None = None
    error: str | None = None


class EventLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened."""

    at: datetime
    type: EventType
    run_id: str | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


def job_answer(job: Job, run: Run | None, now: datetime, zone: str | None, *, notes: Sequence[str] = ()) -> JobAnswer:
    """A job with its latest run, if it has one."""
    zone = zone_of_job(job) or zone
    next_at = next_of(job, run)
    return JobAnswer(
        job_id=job.id,
        type=job.type,
        state=job.state,
        run_id=None if run is None else run.id,
        run_state=None if run is None else run.state,
        next_at=next_at,
        next_local=local(next_at, zone),
        schedule=_when(job),
        note=" ".join(notes) or None,
        next_step=_job_step(job, run, now),
    )


def job_line(job: Job, zone: str | None) -> JobLine:
    """A job in a list."""
    next_at = next_of(job, None)
    return JobLine(
        job_id=job.id,
        type=job.type,
        state=job.state,
        schedule=_when(job),
        created_at=job.created_at,
        next_at=next_at,
        next_local=local(next_at, zone_of_job(job) or zone),
    )


def run_answer(
    run: Run, now: datetime, zone: str | None = None, *, note: str | None = None, is_whole: bool = False
) -> RunAnswer:
    """A run with its result; one that is too large for a conversation is left out unless the whole is wanted."""
    result = None
    if run.result is not None:
        if is_whole or len(run.result) <= LARGEST_RESULT_SHOWN:
            result = msgspec.json.decode(run.result)
        else:
            note = f"The result has {len(run.result):,} bytes; read the resource foliot://runs/{run.id}."
    return RunAnswer(
        run_id=run.id,
        job_id=run.job_id,
        type=run.type,
        state=run.state,
        due_at=run.due_at,
        due_local=local(run.due_at, zone),
        started_at=run.started_at,
        finished_at=run.finished_at,
        attempt=run.attempt,
        progress=None if run.progress is None else run.progress.fraction,
        message=None if run.progress is None else run.progress.message or None,
        result=result,
        error=error_told(run),
        replay_of=run.replay_of,
        note=note,
        next_step=_run_step(run, now),
    )


def run_line(run: Run) -> RunLine:
    """A run in a list."""
    return RunLine(
        run_id=run.id,
        job_id=run.job_id,
        type=run.type,
        state=run.state,
        due_at=run.due_at,
        attempt=run.attempt,
        finished_at=run.finished_at,
        error=error_told(run),
    )


def event_line(event: Event) -> EventLine:
    """An event in a list."""
    return EventLine(at=event.at, type=event.type, run_id=event.run_id, data=event.data)


def error_told(run: Run) -> str | None:
    """What went wrong, in a line; for a run that ended without one, why."""
    if run.error is not None:
        return f"{run.error.type}: {run.error.message}" if run.error.type else run.error.message
    if run.state.is_over and run.state is not RunState.SUCCEEDED and run.cause is not None:
        return run.cause.value
    return None


def _when(job: Job) -> str:
    return schedule_told(job.schedule) if job.root_id is None else f"after each run of {job.root_id}"


def schedule_told(schedule: Schedule | None) -> str:
    """A schedule in a few words."""
    match schedule:
        case None:
            return "once, at once"
        case At(at):
            return f"once, at {at:%Y-%m-%dT%H:%M:%SZ}"
        case Every():
            return f"every {schedule.seconds:g} s"
        case Cron():
            return f"cron {schedule.expression} in {schedule.timezone}"
        case RRule():
            return f"rrule {schedule.rule} from {schedule.start:%Y-%m-%dT%H:%M:%S} in {schedule.timezone}"


def zone_of_job(job: Job) -> str | None:
    """The zone that a job's own schedule is in."""
    return job.schedule.timezone if isinstance(job.schedule, Cron | RRule) else None


def next_of(job: Job, run: Run | None) -> datetime | None:
    """When a job is to run next, if it is."""
    if job.recurs:
        return job.upcoming
    if run is not None:
        return run.due_at if run.state in _WAITS else None
    return job.schedule.at if isinstance(job.schedule, At) and job.state is JobState.ACTIVE else None


def _job_step(job: Job, run: Run | None, now: datetime) -> str:
    if job.state is JobState.PAUSED:
        return "task_resume lets it go on."
    if job.recurs and job.state is JobState.ACTIVE:
        return "task_runs shows its runs; task_run_now, task_pause, task_cancel change it."
    if run is None:
        return "task_runs shows its runs."
    return _run_step(run, now)


def _run_step(run: Run, now: datetime) -> str:
    match run.state:
        case RunState.SUCCEEDED:
            return "Nothing; it is done."
        case RunState.FAILED:
            return "task_events says what happened; dead_replay runs it again."
        case RunState.CANCELLED | RunState.EXPIRED | RunState.SKIPPED:
            return "task_events says why; task_create makes another."
        case RunState.BLOCKED:
            return "It waits for other jobs; task_get shows which. task_cancel ends it."
        case RunState.PENDING | RunState.RETRYING if run.due_at > now + _SOON:
            return f"It is due in {span(run.due_at - now)}: task_status then. run_retry makes it due now."
        case _:
            return "task_wait waits for its end and gives the result."
