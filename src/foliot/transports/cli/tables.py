"""Things as tables and fields for people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.run import Attempt, Failure, Progress, Run
from foliot.domain.schedule import At, Calendar, CatchUp, Coalesce, Cron, Every, MisfirePolicy, RRule, Schedule, Skip
from foliot.ports import CalendarSummary
from foliot.service.graphs import Relative
from foliot.service.occurrences import Told
from foliot.transports.cli.layout import Cell, Fields, Table, columns, fields
from foliot.transports.cli.times import local, local_and_relative, relative, span

STYLES: Final = {
    "active": "cyan",
    "queued": "blue",
    "running": "cyan",
    "retrying": "yellow",
    "succeeded": "green",
    "completed": "green",
    "failed": "red",
    "cancelled": "magenta",
    "expired": "magenta",
    "skipped": "dim",
    "pending": "dim",
    "blocked": "dim",
}


def state_cell(state: str) -> Cell:
    """A state, in its colour."""
    return Cell(state, STYLES.get(state, ""))


# -- jobs


def job_table(jobs: Sequence[Job], now: datetime) -> Table:
    """Jobs, one a row."""
    rows = [
        [
            Cell(job.id),
            state_cell(job.state),
            Cell(job.type),
            Cell(job.queue),
            Cell(job.priority.label),
            Cell(schedule_words(job.schedule)),
            Cell(relative(job.upcoming, now)),
            Cell(relative(job.created_at, now)),
        ]
        for job in jobs
    ]
    titles = ("id", "state", "type", "queue", "priority", "schedule", "next", "created")
    return Table(columns(*titles), rows, "No jobs.")


def job_fields(job: Job, now: datetime) -> Fields:
    """All about a job."""
    timeout, retry = job.overrides.timeout_seconds, job.overrides.retry
    return fields(
        ("job", job.id),
        ("type", job.type),
        ("state", state_cell(job.state)),
        ("schedule", schedule_words(job.schedule)),
        ("next", local_and_relative(job.upcoming, now)),
        ("queue", f"{job.queue}, priority {job.priority.label}"),
        ("timeout", "" if timeout is None else span(timedelta(seconds=timeout))),
        ("retry", "" if retry is None else f"at most {retry.max_attempts} attempts, {retry.backoff} backoff"),
        ("missed", misfire_words(job.overrides.misfire)),
        ("overlap", job.overrides.overlap or ""),
        ("expires", _expiry_words(job, now)),
        ("created", f"{local_and_relative(job.created_at, now)} by {job.user_id}"),
        ("revision", str(job.revision)),
        ("payload", json_words(job.payload)),
    )


def _expiry_words(job: Job, now: datetime) -> str:
    if job.overrides.expires_in_seconds is not None:
        return f"what has not started {span(timedelta(seconds=job.overrides.expires_in_seconds))} after it is due"
    return local_and_relative(job.overrides.expires_at, now)


def relative_table(relatives: Sequence[Relative]) -> Table:
    """The parents or the children of a job, one a row."""
    rows = [
        [Cell(each.job_id), state_cell(each.state or ""), Cell(each.type or "forgotten"), Cell(each.wait_for)]
        for each in relatives
    ]
    return Table(columns("job", "state", "type", "waits for"), rows, "None.")


def occurrence_table(occurrences: Sequence[Told]) -> Table:
    """Occurrences, one a row."""
    rows = [
        [
            Cell(f"{told.local:%a %Y-%m-%d %H:%M:%S %z}"),
            Cell(f"{told.planned_at:%Y-%m-%d %H:%M:%SZ}"),
            Cell(told.reason),
            state_cell(told.state or ""),
            Cell(told.run_id or ""),
            Cell(told.note or ""),
        ]
        for told in occurrences
    ]
    return Table(columns("local time", "UTC", "what", "state", "run", prose="note"), rows, "No occurrences.")


def schedule_words(schedule: Schedule | None) -> str:
    """A schedule as one would say it."""
    if schedule is None:
        return "at once"
    if isinstance(schedule, At):
        return f"at {local(schedule.at)}"
    start = None if isinstance(schedule, RRule) else schedule.start
    words = [_rhythm(schedule)]
    words += [f"from {local(start)}"] if start is not None else []
    words += [f"until {local(schedule.end)}"] if schedule.end is not None else []
    words += [f"{schedule.count} times"] if schedule.count is not None else []
    words += [f"up to {span(timedelta(seconds=schedule.jitter_seconds))} late"] if schedule.jitter_seconds else []
    words += [f"but for {', '.join(schedule.exclude)}"] if schedule.exclude else []
    return ", ".join(words)


def _rhythm(schedule: Every | Cron | RRule) -> str:
    match schedule:
        case Every(seconds=seconds):
            return f"every {span(timedelta(seconds=seconds))}"
        case Cron(expression, zone):
            return f"cron {expression} in {zone}"
        case RRule(rule, zone):
            return f"{rule} in {zone}"


def misfire_words(policy: MisfirePolicy | None) -> str:
    """A misfire policy as one may type it; empty for None."""
    match policy:
        case None:
            return ""
        case Coalesce():
            return "coalesce"
        case Skip():
            return f"skip, but for the newest if it is not older than {span(timedelta(seconds=policy.grace_seconds))}"
        case CatchUp():
            apart, oldest = (span(timedelta(seconds=s)) for s in (policy.stagger_seconds, policy.grace_seconds))
            return f"catch up, at most {policy.limit}, {apart} apart, none older than {oldest}"


# -- runs


def run_table(runs: Sequence[Run], now: datetime, empty: str = "No runs.") -> Table:
    """Runs, one a row."""
    rows = [
        [
            Cell(run.id),
            state_cell(run.state),
            Cell(run.type),
            Cell(run.queue),
            Cell(f"{run.attempt}/{run.max_attempts}"),
            Cell(relative(run.due_at, now)),
            Cell(_took(run.started_at, run.finished_at, now)),
            Cell(progress_words(run.progress) if run.error is None else failure_words(run.error)),
        ]
        for run in runs
    ]
    titles = ("id", "state", "type", "queue", "attempt", "due", "took")
    return Table(columns(*titles, prose="says"), rows, empty)


def run_fields(run: Run, now: datetime) -> Fields:
    """All about a run."""
    over = run.state.is_over
    cancelling = not over and run.cancel_requested_at is not None
    return fields(
        ("run", run.id),
        ("job", run.job_id if run.job_id != run.id else ""),
        ("replays", run.replay_of or ""),
        ("type", run.type),
        ("state", Cell(f"{run.state}, asked to stop", "yellow") if cancelling else state_cell(run.state)),
        ("cause", run.cause or ""),
        ("attempt", f"{run.attempt} of {run.max_attempts}"),
        ("queue", f"{run.queue}, priority {run.priority.label}"),
        ("planned for", "" if run.planned_at is None else local(run.planned_at)),
        ("due", local_and_relative(run.due_at, now)),
        ("expires", local_and_relative(run.expires_at, now) if run.started_at is None and not over else ""),
        ("started", _started(run)),
        ("ended", local_and_relative(run.finished_at, now)),
        ("took", _took(run.started_at, run.finished_at, now)),
        ("worker", run.worker or ""),
        ("progress", "" if over else progress_words(run.progress)),
        ("error", Cell("" if run.error is None else failure_words(run.error), "red")),
        ("trace", Cell("" if run.error is None else run.error.trace.rstrip(), "dim")),
        ("result", "" if run.result is None else json_words(run.result)),
    )


def attempt_table(attempts: Sequence[Attempt], now: datetime) -> Table:
    """The tries of a run, one a row."""
    rows = [
        [
            Cell(str(attempt.number)),
            state_cell(attempt.state),
            Cell(attempt.cause or ""),
            Cell(local(attempt.started_at)),
            Cell(_took(attempt.started_at, attempt.ended_at, now)),
            Cell(attempt.worker),
            Cell("" if attempt.error is None else failure_words(attempt.error), "red"),
        ]
        for attempt in attempts
    ]
    titles = ("attempt", "state", "cause", "started", "took", "worker")
    return Table(columns(*titles, prose="error"), rows, "Not tried yet.")


def failure_words(error: Failure) -> str:
    """What went wrong, in one line."""
    return f"{error.type or error.code}: {error.message}"


def progress_words(progress: Progress | None) -> str:
    """How far a run is: `40% half of it read`."""
    return "" if progress is None else f"{progress.fraction:.0%} {progress.message}".rstrip()


def _started(run: Run) -> str:
    if run.started_at is None or run.lateness is None:
        return ""
    return f"{local(run.started_at)} ({span(run.lateness)} after its time)"


def _took(started_at: datetime | None, ended_at: datetime | None, now: datetime) -> str:
    return "" if started_at is None else span(max((ended_at or now) - started_at, timedelta()))


# -- calendars, tenants, keys, types


def calendar_table(calendars: Sequence[CalendarSummary], now: datetime) -> Table:
    """Exclusion calendars, one a row."""
    rows = [
        [
            Cell(found.name),
            Cell(str(found.count)),
            Cell("" if found.first is None else found.first.isoformat()),
            Cell("" if found.last is None else found.last.isoformat()),
            Cell(relative(found.updated_at, now)),
            Cell(found.description),
        ]
        for found in calendars
    ]
    titles = ("calendar", "dates", "first", "last", "put")
    return Table(columns(*titles, prose="description"), rows, "No calendars.")


def calendar_fields(calendar: Calendar, now: datetime) -> Fields:
    """An exclusion calendar with its dates."""
    return fields(
        ("calendar", calendar.name),
        ("description", calendar.description),
        ("put", local_and_relative(calendar.updated_at, now)),
        ("dates", "\n".join(f"{day:%a %Y-%m-%d}" for day in sorted(calendar.dates)) or "none"),
    )


def tenant_table(tenants: Sequence[Tenant], now: datetime) -> Table:
    """Tenants, one a row."""
    rows = [[Cell(tenant.id), Cell(tenant.name), Cell(relative(tenant.created_at, now))] for tenant in tenants]
    return Table(columns("id", "name", "created"), rows, "No tenants.")


def key_table(keys: Sequence[ApiKey], now: datetime) -> Table:
    """Keys, one a row."""
    rows = [
        [
            Cell(key.id),
            Cell(key.name),
            Cell(key.role),
            Cell(f"fol_{key.prefix}_…"),
            Cell(relative(key.created_at, now)),
            Cell("" if key.revoked_at is None else relative(key.revoked_at, now), "red"),
        ]
        for key in keys
    ]
    return Table(columns("id", "name", "role", "key", "created", "revoked"), rows, "No keys.")


def type_table(types: Sequence[JobType]) -> Table:
    """Job types, one a row."""
    rows = [
        [
            Cell(found.name),
            Cell(found.policy.queue),
            Cell(found.policy.priority.label),
            Cell(span(timedelta(seconds=found.policy.timeout_seconds))),
            Cell(str(found.policy.retry.max_attempts)),
            Cell(found.description),
        ]
        for found in types
    ]
    titles = ("type", "queue", "priority", "timeout", "attempts")
    return Table(columns(*titles, prose="description"), rows, "No job types yet; a worker registers those that it has.")


def json_words(document: bytes) -> str:
    """JSON laid out to be read."""
    try:
        return msgspec.json.format(document, indent=2).decode()
    except msgspec.DecodeError:
        return document.decode(errors="backslashreplace")
