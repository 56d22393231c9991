"""`foliot run`: list, show, watch, retry, cancel, events."""

from typing import Annotated

from cyclopts import App, Parameter

from foliot.domain.page import PageRequest
from foliot.domain.states import RunState
from foliot.ports import RunFilter
from foliot.transports.cli.arguments import PAGE, Cursor, Limit, QueueFilter, RunId, TypeFilter
from foliot.transports.cli.documents import (
    event_document,
    list_document,
    run_document,
    story_document,
    whole_run_document,
)
from foliot.transports.cli.exits import Exit
from foliot.transports.cli.groups import WORK
from foliot.transports.cli.layout import heading
from foliot.transports.cli.session import Here
from foliot.transports.cli.tables import attempt_table, run_fields, run_table
from foliot.transports.cli.timeline import timeline
from foliot.transports.cli.watch import watch_run

runs = App(name="run", group=WORK, help="Executions: what ran, runs and will run.")


@runs.command(name="list")
async def list_(
    *,
    state: Annotated[RunState | None, Parameter(help="Only those in this state.")] = None,
    type: TypeFilter = None,  # noqa: A002 - it is the option's name
    queue: QueueFilter = None,
    job: Annotated[str | None, Parameter(help="Only those of the job with this id.")] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    session: Here,
) -> None:
    """List runs, newest first."""
    wanted = RunFilter(state=state, type=type, queue=queue, job_id=job)
    async with session.acting() as acting:
        page = await acting.services.runs.page(acting.identity, wanted, PageRequest(limit, cursor))
    session.output.show(
        list_document(map(run_document, page.items), page.next_cursor), run_table(page.items, session.now)
    )
    session.output.more(page.next_cursor)


@runs.command
async def show(run_id: RunId, /, *, session: Here) -> None:
    """Show a run, its attempts and its timeline."""
    async with session.acting() as acting:
        run, events = await acting.services.runs.story(acting.identity, run_id)
        attempts = await acting.services.runs.attempts(acting.identity, run_id)
    session.output.show(
        story_document(run, attempts, events),
        run_fields(run, session.now),
        heading("Attempts"),
        attempt_table(attempts, session.now),
        heading("Timeline"),
        timeline(events),
    )


@runs.command
async def watch(run_id: RunId, /, *, session: Here) -> Exit:
    """Watch a run until it is over; the exit code tells how it ended."""
    async with session.acting() as acting:
        return await watch_run(acting, session.output, run_id)


@runs.command
async def retry(run_id: RunId, /, *, session: Here) -> None:
    """Make a run that waits for its time or for its next attempt due now."""
    async with session.acting() as acting:
        run = await acting.services.runs.retry_now(acting.identity, run_id)
    session.output.show(whole_run_document(run), run_fields(run, session.now))


@runs.command
async def cancel(run_id: RunId, /, *, session: Here) -> None:
    """Cancel a run that has not started, or ask a running one to stop."""
    async with session.acting() as acting:
        run = await acting.services.runs.cancel(acting.identity, run_id)
    session.output.show(whole_run_document(run), run_fields(run, session.now))


@runs.command
async def events(run_id: RunId, /, *, session: Here) -> None:
    """List all that happened to a run, oldest first."""
    async with session.acting() as acting:
        found = await acting.services.runs.events(acting.identity, run_id)
    session.output.show(list_document(map(event_document, found)), timeline(found))
