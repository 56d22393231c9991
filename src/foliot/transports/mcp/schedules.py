"""Tools on schedules: look at one before it is given to a job, and at what became of its instants."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from foliot.domain.errors import InvalidTime
from foliot.domain.job import Job
from foliot.domain.schedule import At
from foliot.domain.states import RunState
from foliot.transports.mcp.answers import schedule_told, zone_of_job
from foliot.transports.mcp.jobs import DEFAULT_LINES, JobId, Lines
from foliot.transports.mcp.reading import InvalidArguments
from foliot.transports.mcp.tool import READS, Call, tool
from foliot.transports.mcp.when import Planned, WhenAnew, instant, local, planned


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


class WhichOccurrences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which planned instants of a job to list."""

    job_id: JobId
    since: Annotated[str, msgspec.Meta(description="Planned then or later; a day ago if left out.")] | None = None
    until: Annotated[str, msgspec.Meta(description="Planned before this.")] | None = None
    limit: Lines = DEFAULT_LINES


class OccurrenceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A planned instant, and what became of it."""

    planned_at: datetime
    local: str | None = None
    reason: str
    run_id: str | None = None
    state: RunState | None = None
    note: str | None = None


class OccurrenceLines(msgspec.Struct, frozen=True, omit_defaults=True):
    """Planned instants, the earliest first."""

    items: Sequence[OccurrenceLine]
    next_since: datetime | None = None


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


@tool("List a task's occurrences", effects=READS)
async def task_occurrences(call: Call, arguments: WhichOccurrences) -> OccurrenceLines:
    """What became of a recurring job's planned times, each with its reason (ran, late, merged, skipped), then those to
    come."""
    job = await call.services.jobs.get(call.identity, arguments.job_id)
    since, until = _instant(call, job, arguments.since, "since"), _instant(call, job, arguments.until, "until")
    told = await call.services.occurrences.between(call.identity, job.id, since, until, arguments.limit)
    zone = zone_of_job(job) or call.timezone
    lines = [
        OccurrenceLine(
            planned_at=each.planned_at, local=local(each.planned_at, zone), reason=each.reason, run_id=each.run_id,
            state=each.state, note=each.note,
        )
        for each in told.items
    ]  # fmt: skip
    return OccurrenceLines(lines, told.next_from)


def _instant(call: Call, job: Job, text: str | None, field: str) -> datetime | None:
    """The instant that is meant, by the clocks of the job's own zone."""
    return None if text is None else instant(text, field, call.now, zone_of_job(job) or call.timezone)[0]


def _due_at(call: Call, plan: Planned) -> datetime:
    """When a job without a schedule is due."""
    try:
        return call.now + timedelta(seconds=plan.delay_seconds or 0)
    except OverflowError:
        raise InvalidTime("`delay` ends after the year 2199. Give a shorter one.", "delay") from None
