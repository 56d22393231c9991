"""Tools on runs: wait for one, look at it, retry it, and the story of what happened."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

import msgspec

from foliot.domain.errors import NotFound, ResultTimeout
from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.run import Run
from foliot.domain.states import EventType
from foliot.transports.mcp.answers import EventLine, RunAnswer, event_line, run_answer
from foliot.transports.mcp.jobs import DEFAULT_LINES, Cursor, Lines, latest_run
from foliot.transports.mcp.reading import InvalidArguments
from foliot.transports.mcp.tool import READS, STARTS_WORK_ONCE, Call, tool
from foliot.transports.mcp.when import ShownIn

LONGEST_WAIT_SECONDS: Final = 600

RunId = Annotated[str, msgspec.Meta(description="The run's id.")]


class TheRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run."""

    run_id: RunId


class TheRunShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run, and the zone to show its times in."""

    run_id: RunId
    timezone: ShownIn | None = None


class JobOrRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run by its own id, or a job's latest one by the job's."""

    run_id: RunId | None = None
    job_id: Annotated[str, msgspec.Meta(description="Instead of run_id: the job whose latest run is meant.")] | None = (
        None
    )


class Wait(JobOrRun, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which run to wait for, and how long."""

    timeout_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=LONGEST_WAIT_SECONDS, description="Answers by then, ended or not. Hosts often allow 60."),
    ] = 25.0


class WhichEvents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose events to list."""

    run_id: RunId | None = None
    job_id: (
        Annotated[str, msgspec.Meta(description="Instead of run_id: the job itself, and the run of a one-off.")] | None
    ) = None
    limit: Lines = DEFAULT_LINES
    cursor: Cursor | None = None


class EventLines(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of events."""

    items: Sequence[EventLine]
    next_cursor: str | None = None


async def _meant(call: Call, arguments: JobOrRun) -> Run:
    if (arguments.run_id is None) is (arguments.job_id is None):
        raise InvalidArguments("Give run_id or job_id, one of them.", "run_id")
    if arguments.run_id is not None:
        return await call.services.runs.get(call.identity, arguments.run_id)
    job = await call.services.jobs.get(call.identity, arguments.job_id or "")
    run = await latest_run(call, job)
    if run is None:
        raise NotFound(f"The job {job.id} has no run yet; task_status says when the first one comes.")
    return await call.services.runs.get(call.identity, run.id)


@tool("Wait for a run", effects=READS, follow=_meant)
async def task_wait(call: Call, arguments: Wait) -> RunAnswer:
    """Waits until a run is over and gives its result or error. If it is not over in time, the answer says how it
    stands: call again. Not for jobs due much later."""
    run = await _meant(call, arguments)
    reporting = asyncio.create_task(_report(call, run.id))
    try:
        run = await call.services.watch.ended(call.identity, run.id, timedelta(seconds=arguments.timeout_seconds))
    except ResultTimeout:
        run = await call.services.runs.get(call.identity, run.id)
    finally:
        reporting.cancel()
        await asyncio.wait([reporting])
    return run_answer(run, call.now, call.timezone)


async def _report(call: Call, run_id: str) -> None:
    """Pass on what the run says of its progress, which never goes back."""
    reached = 0.0
    async for event in call.services.watch.events(call.identity, run_id):
        if event.type is EventType.RUN_PROGRESSED and (fraction := float(event.data["fraction"])) > reached:
            reached = fraction
            await call.report(fraction, str(event.data.get("message", "")))


@tool("What happened", effects=READS)
async def task_events(call: Call, arguments: WhichEvents) -> EventLines:
    """All that happened to a run or a job, oldest first: attempts, errors, log lines, who asked for what."""
    if (arguments.run_id is None) is (arguments.job_id is None):
        raise InvalidArguments("Give run_id or job_id, one of them.", "run_id")
    events = await _story(call, arguments)
    start = 0
    if arguments.cursor is not None:
        ids = [event.id for event in events]
        if arguments.cursor not in ids:
            raise InvalidArguments("This cursor was not made here. Take next_cursor from the page before.", "cursor")
        start = ids.index(arguments.cursor) + 1
    shown = events[start : start + arguments.limit]
    is_last = start + arguments.limit >= len(events)
    return EventLines([event_line(event) for event in shown], None if is_last else shown[-1].id)


async def _story(call: Call, arguments: WhichEvents) -> list[Event]:
    if arguments.run_id is not None:
        return await call.services.runs.events(call.identity, arguments.run_id)
    job = await call.services.jobs.get(call.identity, arguments.job_id or "")
    events = await call.services.jobs.events(call.identity, job.id)
    if job.recurs:
        return events
    events += await call.services.runs.events(call.identity, job.id)
    return sorted(events, key=lambda event: event.at)


@tool("Show a run", effects=READS)
async def run_get(call: Call, arguments: TheRunShown) -> RunAnswer:
    """One run: its state, times and attempts, its result or error."""
    run = await call.services.runs.get(call.identity, arguments.run_id)
    return run_answer(run, call.now, arguments.timezone or call.timezone)


@tool("Retry a run now", effects=STARTS_WORK_ONCE, role=Role.OPERATOR)
async def run_retry(call: Call, arguments: TheRun) -> RunAnswer:
    """Makes a run that is pending or retrying due now. One that failed for good is for dead_replay."""
    return run_answer(await call.services.runs.retry_now(call.identity, arguments.run_id), call.now, call.timezone)
