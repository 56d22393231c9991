"""`foliot job`: submit, list, show, graph, update, cancel, pause, resume, run-now, backfill, occurrences, events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter

from foliot.domain.debounce import Debounce
from foliot.domain.page import PageRequest
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overlap, Overrides
from foliot.domain.priority import Priority
from foliot.domain.schedule import At, MisfirePolicy
from foliot.domain.states import JobState
from foliot.domain.unique import By, Unique, Until, Window
from foliot.ports import JobFilter, RunFilter
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.graphs import Relative
from foliot.service.jobs import Ticket
from foliot.transports.cli.arguments import (
    DURATION,
    INSTANT,
    PAGE,
    Cursor,
    IfRevision,
    JobId,
    Limit,
    QueueFilter,
    TypeFilter,
    UsageError,
    read_payload,
)
from foliot.transports.cli.documents import (
    event_document,
    graph_document,
    job_document,
    list_document,
    run_document,
    ticket_document,
    whole_job_document,
    whole_run_document,
)
from foliot.transports.cli.editing import update
from foliot.transports.cli.exits import Exit, exit_of_run
from foliot.transports.cli.groups import UNIQUE, WHEN, WORK
from foliot.transports.cli.layout import Block, Fields, fields, heading
from foliot.transports.cli.schedules import NOT_RECURRING, Count, Jitter, Misfire, Overlapping, Recurring, schedule_of
from foliot.transports.cli.session import Acting, Here
from foliot.transports.cli.tables import job_fields, job_table, occurrence_table, relative_table, run_fields, run_table
from foliot.transports.cli.timeline import timeline
from foliot.transports.cli.tree import tree

_RUNS_SHOWN: Final = 10

jobs = App(name="job", group=WORK, help="Definitions: what is to run and when.")
jobs.command(update)


@jobs.command
async def submit(
    type: Annotated[str, Parameter(help="The job type; `foliot type list` shows all.")],  # noqa: A002 - the domain's word
    /,
    *,
    payload: Annotated[
        str,
        Parameter(
            help="The arguments as JSON; - reads them from standard input, @path from a file.",
            metavar="JSON",
            allow_leading_hyphen=True,
        ),
    ] = "{}",
    at: Annotated[
        datetime | None, INSTANT, Parameter(group=WHEN, help="At this instant, as 2026-05-01T08:00:00Z.")
    ] = None,
    in_: Annotated[
        timedelta | None, DURATION, Parameter(name="--in", group=WHEN, help="After this time, as 90s, 5m, 2h.")
    ] = None,
    recurring: Annotated[Recurring, Parameter(name="*")] = NOT_RECURRING,
    count: Count = None,
    jitter: Jitter = None,
    misfire: Misfire = None,
    overlap: Overlapping = None,
    queue: Annotated[str | None, Parameter(help="The queue, if not that of the type.")] = None,
    priority: Annotated[Priority | None, Parameter(help="How urgent, if not as the type.")] = None,
    timeout: Annotated[
        timedelta | None, DURATION, Parameter(help="How long an attempt may take, if not as the type.")
    ] = None,
    max_attempts: Annotated[int | None, Parameter(help="How often it may be tried, if not as the type.")] = None,
    key: Annotated[str | None, Parameter(help="A submission key: the same key again gives the same job.")] = None,
    key_expires_in: Annotated[
        timedelta | None, DURATION, Parameter(help="How long the key is remembered, if not a day.")
    ] = None,
    unique: Annotated[
        tuple[By, ...], Parameter(group=UNIQUE, help="The same by this gives the same job; once for each.")
    ] = (),
    unique_args: Annotated[
        tuple[str, ...],
        Parameter(group=UNIQUE, help="Of the payload only this member counts; once for each.", metavar="MEMBER"),
    ] = (),
    unique_until: Annotated[
        Until | None, Parameter(group=UNIQUE, help="Until the run has started, or ended, which is the default.")
    ] = None,
    unique_for: Annotated[timedelta | None, DURATION, Parameter(group=UNIQUE, help="For at most so long.")] = None,
    unique_window: Annotated[
        Window, Parameter(group=UNIQUE, help="Whether that begins with the first job, or on the clock.")
    ] = Window.ROLLING,
    debounce: Annotated[
        timedelta | None, DURATION, Parameter(group=UNIQUE, help="Once the same was not asked for again for so long.")
    ] = None,
    debounce_max_wait: Annotated[
        timedelta | None, DURATION, Parameter(group=UNIQUE, help="How long that may put it off.")
    ] = None,
    expires_in: Annotated[
        timedelta | None, DURATION, Parameter(group=WHEN, help="Only if it starts within this time, as 10m.")
    ] = None,
    expires_at: Annotated[
        datetime | None, INSTANT, Parameter(group=WHEN, help="Only if it has started by this instant.")
    ] = None,
    after: Annotated[
        tuple[str, ...], Parameter(group=WHEN, help="After this job has ended; once for each.", metavar="JOB_ID")
    ] = (),
    wait_for: Annotated[WaitFor, Parameter(group=WHEN, help="How those must end that it comes after.")] = (
        WaitFor.SUCCEEDED
    ),
    join: Annotated[Join, Parameter(group=WHEN, help="Whether all of them must, or any one is enough.")] = Join.ALL,
    wait: Annotated[bool, Parameter(help="Wait for the run to end; the exit code tells how it did.")] = False,
    session: Here,
) -> Exit:
    """Submit a job, due at once unless an option says when."""
    schedule = schedule_of(recurring, at=at, delay=in_, count=count, jitter=jitter)
    if wait and schedule is not None and not isinstance(schedule, At):
        raise UsageError("--wait is for a job that runs once; leave it out of one that recurs.")
    read = read_payload(payload)
    async with session.acting() as acting:
        request = JobRequest(
            type=type,
            payload=read,
            schedule=schedule,
            delay_seconds=None if in_ is None else in_.total_seconds(),
            queue=queue,
            priority=priority,
            overrides=await _overrides(acting, type, timeout, max_attempts, misfire, overlap),
            key=key,
            parents=[ParentRequest(job_id=parent, wait_for=wait_for) for parent in after],
            join=join,
            expires_in_seconds=None if expires_in is None else expires_in.total_seconds(),
            expires_at=expires_at,
            key_expires_in_seconds=None if key_expires_in is None else key_expires_in.total_seconds(),
            unique=_unique(unique, unique_args, unique_until, unique_for, unique_window),
            debounce=_debounce(debounce, debounce_max_wait),
        )
        ticket = await acting.services.jobs.submit(acting.identity, request)
        document = ticket_document(ticket)
        if not wait or ticket.run_id is None:
            session.output.show(document, _ticket_fields(ticket))
            return Exit.OK
        if not session.output.json:
            session.output.blocks(_ticket_fields(ticket))
        run = await acting.services.watch.ended(acting.identity, ticket.run_id)
    session.output.show(document | {"run": whole_run_document(run)}, run_fields(run, run.finished_at or session.now))
    return exit_of_run(run.state)


def _unique(
    by: tuple[By, ...], args: tuple[str, ...], until: Until | None, period: timedelta | None, window: Window
) -> Unique | None:
    """What the options say; a bare `--unique-…` option is enough to ask for it."""
    if not by and not args and until is None and period is None:
        if window is Window.FIXED:
            raise UsageError("--unique-window needs --unique-for.")
        return None
    seconds = None if period is None else period.total_seconds()
    return Unique(by=by or Unique().by, args=args, until=until, period_seconds=seconds, window=window)


def _debounce(quiet: timedelta | None, max_wait: timedelta | None) -> Debounce | None:
    if quiet is None:
        if max_wait is not None:
            raise UsageError("--debounce-max-wait needs --debounce.")
        return None
    return Debounce(
        quiet_seconds=quiet.total_seconds(), max_wait_seconds=None if max_wait is None else max_wait.total_seconds()
    )


async def _overrides(
    acting: Acting,
    job_type: str,
    timeout: timedelta | None,
    max_attempts: int | None,
    misfire: MisfirePolicy | None,
    overlap: Overlap | None,
) -> Overrides:
    retry = None
    if max_attempts is not None:
        found = await acting.services.catalogue.find(acting.identity.tenant_id, job_type)
        retry = msgspec.structs.replace(found.policy.retry, max_attempts=max_attempts)
    overrides = Overrides(
        timeout_seconds=None if timeout is None else timeout.total_seconds(),
        retry=retry,
        misfire=misfire,
        overlap=overlap,
    )
    return NO_OVERRIDES if overrides == NO_OVERRIDES else overrides


def _ticket_fields(ticket: Ticket) -> Fields:
    return fields(
        ("job", ticket.job_id),
        ("run", ticket.run_id or ""),
        ("note", _note(ticket)),
    )


def _note(ticket: Ticket) -> str:
    if ticket.updated:
        return "submitted before and not due yet; it does now what you asked for"
    return "" if ticket.created else "submitted before; nothing was added"


@jobs.command(name="list")
async def list_(
    *,
    state: Annotated[JobState | None, Parameter(help="Only those in this state.")] = None,
    type: TypeFilter = None,  # noqa: A002 - it is the option's name
    queue: QueueFilter = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    session: Here,
) -> None:
    """List jobs, newest first."""
    wanted = JobFilter(state=state, type=type, queue=queue)
    async with session.acting() as acting:
        page = await acting.services.jobs.page(acting.identity, wanted, PageRequest(limit, cursor))
    session.output.show(
        list_document(map(job_document, page.items), page.next_cursor), job_table(page.items, session.now)
    )
    session.output.more(page.next_cursor)


@jobs.command
async def show(job_id: JobId, /, *, session: Here) -> None:
    """Show a job and its latest runs."""
    async with session.acting() as acting:
        job = await acting.services.jobs.get(acting.identity, job_id)
        family = await acting.services.graphs.family(acting.identity, job)
        recent = await acting.services.runs.page(acting.identity, RunFilter(job_id=job_id), PageRequest(_RUNS_SHOWN))
    session.output.show(
        whole_job_document(job, family),
        job_fields(job, session.now),
        *_relatives("Waits for", family.parents),
        *_relatives("What waits for it", family.children),
        heading("Latest runs"),
        run_table(recent.items, session.now, "No runs yet."),
    )


def _relatives(title: str, relatives: Sequence[Relative]) -> list[Block]:
    return [heading(title), relative_table(relatives)] if relatives else []


@jobs.command
async def graph(job_id: JobId, /, *, session: Here) -> None:
    """Draw what comes after a job, with how it stands."""
    async with session.acting() as acting:
        found = await acting.services.graphs.graph(acting.identity, job_id)
    session.output.show(
        graph_document(found),
        *_relatives("Waits for", found.parents),
        tree(found),
    )


@jobs.command
async def cancel(job_id: JobId, /, *, if_revision: IfRevision = None, session: Here) -> None:
    """Cancel a job: nothing of it, or of what comes after it, starts any more, and what runs is asked to stop."""
    async with session.acting() as acting:
        job = await acting.services.jobs.cancel(acting.identity, job_id, if_revision)
        family = await acting.services.graphs.family(acting.identity, job)
    session.output.show(whole_job_document(job, family), job_fields(job, session.now))


@jobs.command
async def pause(job_id: JobId, /, *, if_revision: IfRevision = None, session: Here) -> None:
    """Pause a recurring job: no more occurrences are planned until it is resumed; runs that exist go on."""
    async with session.acting() as acting:
        job = await acting.services.jobs.pause(acting.identity, job_id, if_revision)
        family = await acting.services.graphs.family(acting.identity, job)
    session.output.show(whole_job_document(job, family), job_fields(job, session.now))


@jobs.command
async def resume(job_id: JobId, /, *, if_revision: IfRevision = None, session: Here) -> None:
    """Let a paused job go on, with its first occurrence from now on."""
    async with session.acting() as acting:
        job = await acting.services.jobs.resume(acting.identity, job_id, if_revision)
        family = await acting.services.graphs.family(acting.identity, job)
    session.output.show(whole_job_document(job, family), job_fields(job, session.now))


@jobs.command
async def run_now(job_id: JobId, /, *, if_revision: IfRevision = None, session: Here) -> None:
    """Run a recurring job once more, now, beside its schedule."""
    async with session.acting() as acting:
        run = await acting.services.jobs.run_now(acting.identity, job_id, if_revision)
    session.output.show(whole_run_document(run), run_fields(run, session.now))


@jobs.command
async def backfill(
    job_id: JobId,
    /,
    *,
    from_: Annotated[datetime, INSTANT, Parameter(name="--from", help="The earliest planned instant.")],
    to: Annotated[datetime | None, INSTANT, Parameter(help="Planned before this; now by default.")] = None,
    session: Here,
) -> None:
    """Run, now, each occurrence of a range of the past that had no run of its own."""
    async with session.acting() as acting:
        runs = await acting.services.backfilling.backfill(acting.identity, job_id, from_, to)
    session.output.show(
        list_document(map(run_document, runs)), run_table(runs, session.now, "Each of them had a run already.")
    )


@jobs.command
async def occurrences(
    job_id: JobId,
    /,
    *,
    from_: Annotated[
        datetime | None, INSTANT, Parameter(name="--from", help="The earliest planned instant; a day ago by default.")
    ] = None,
    to: Annotated[datetime | None, INSTANT, Parameter(help="Planned before this.")] = None,
    limit: Limit = PAGE,
    session: Here,
) -> None:
    """List what became of the planned instants of a recurring job, and those to come."""
    async with session.acting() as acting:
        found = await acting.services.occurrences.between(acting.identity, job_id, from_, to, limit)
    session.output.show(found, occurrence_table(found.items))
    if found.next_from is not None:
        session.output.hint(f"There are more; go on with --from {found.next_from.isoformat()}")


@jobs.command
async def events(job_id: JobId, /, *, session: Here) -> None:
    """List what happened to a job itself; `foliot run events` tells of its runs."""
    async with session.acting() as acting:
        found = await acting.services.jobs.events(acting.identity, job_id)
    session.output.show(list_document(map(event_document, found)), timeline(found))
