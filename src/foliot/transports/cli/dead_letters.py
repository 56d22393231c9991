"""`foliot dead`: list, replay and discard the runs that failed for good."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final, TypeVar

from cyclopts import App, Parameter

from foliot.domain.errors import NotFound
from foliot.domain.page import LARGEST_PAGE, PageRequest
from foliot.domain.run import Run
from foliot.ports import RunFilter
from foliot.transports.cli.arguments import PAGE, Cursor, Limit, QueueFilter, TypeFilter, UsageError
from foliot.transports.cli.documents import list_document, run_document, whole_run_document
from foliot.transports.cli.exits import Exit
from foliot.transports.cli.groups import WORK
from foliot.transports.cli.layout import Cell, Line
from foliot.transports.cli.render import Output
from foliot.transports.cli.session import Acting, Here
from foliot.transports.cli.tables import run_fields, run_table

_AT_ONCE: Final = 64

dead_letters = App(name="dead", group=WORK, help="Dead letters: runs that failed for good.")

RunIdOrAll = Annotated[str | None, Parameter(help="The id of the run, if not --all.")]
All = Annotated[bool, Parameter(help="All of them, or those that --type and --queue leave.")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="Do not ask whether --all is meant.")]
Answer = TypeVar("Answer")


@dead_letters.command(name="list")
async def list_(
    *,
    type: TypeFilter = None,  # noqa: A002 - it is the option's name
    queue: QueueFilter = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    session: Here,
) -> None:
    """List dead letters, newest first."""
    wanted = RunFilter(type=type, queue=queue)
    async with session.acting() as acting:
        page = await acting.services.dead_letters.page(acting.identity, wanted, PageRequest(limit, cursor))
    session.output.show(
        list_document(map(run_document, page.items), page.next_cursor),
        run_table(page.items, session.now, "No dead letters."),
    )
    session.output.more(page.next_cursor)


@dead_letters.command
async def replay(
    run_id: RunIdOrAll = None,
    /,
    *,
    all: All = False,  # noqa: A002 - it is the option's name
    type: TypeFilter = None,  # noqa: A002 - it is the option's name
    queue: QueueFilter = None,
    yes: Yes = False,
    session: Here,
) -> Exit:
    """Run dead letters again, each as a new run that names the one it replays."""
    _one_or_all(run_id, all, type, queue)
    async with session.acting() as acting:
        if run_id is not None:
            run = await acting.services.dead_letters.replay(acting.identity, run_id)
            session.output.show(whole_run_document(run), run_fields(run, session.now))
            return Exit.OK
        meant = await _found(acting, RunFilter(type=type, queue=queue))
        if not yes and not _confirmed(session.output, "Replay", meant):
            return Exit.FAILED
        fresh = await _each(meant, lambda dead: acting.services.dead_letters.replay(acting.identity, dead.id))
    session.output.show(
        {"replayed": len(fresh), "run_ids": [run.id for run in fresh]}, _counted(len(fresh), "replayed")
    )
    return Exit.OK


@dead_letters.command
async def discard(
    run_id: RunIdOrAll = None,
    /,
    *,
    all: All = False,  # noqa: A002 - it is the option's name
    type: TypeFilter = None,  # noqa: A002 - it is the option's name
    queue: QueueFilter = None,
    yes: Yes = False,
    session: Here,
) -> Exit:
    """Take runs off the dead letters; they stay in the history."""
    _one_or_all(run_id, all, type, queue)
    async with session.acting() as acting:
        if run_id is not None:
            await acting.services.dead_letters.discard(acting.identity, run_id)
            discarded = 1
        else:
            meant = await _found(acting, RunFilter(type=type, queue=queue))
            if not yes and not _confirmed(session.output, "Discard", meant):
                return Exit.FAILED
            done = await _each(meant, lambda dead: acting.services.dead_letters.discard(acting.identity, dead.id))
            discarded = len(done)
    session.output.show({"discarded": discarded}, _counted(discarded, "discarded"))
    return Exit.OK


def _one_or_all(run_id: str | None, everything: bool, job_type: str | None, queue: str | None) -> None:
    if (run_id is None) is not everything:
        raise UsageError("Name one dead letter by its id, or all of them with --all.")
    if run_id is not None and (job_type or queue):
        raise UsageError("--type and --queue go with --all, not with an id.")


async def _found(acting: Acting, wanted: RunFilter) -> list[Run]:
    """The dead letters that there are now, oldest first.

    They are replayed and discarded one by one: asking for "all that fit" again and again would never end where
    the replayed ones fail as fast, and would discard what nobody has seen.
    """
    found: list[Run] = []
    request = PageRequest(LARGEST_PAGE)
    while True:
        page = await acting.services.dead_letters.page(acting.identity, wanted, request)
        found += page.items
        if page.next_cursor is None:
            return found[::-1]
        request = PageRequest(LARGEST_PAGE, page.next_cursor)


async def _each(meant: Sequence[Run], act: Callable[[Run], Awaitable[Answer]]) -> list[Answer]:
    """The answers for those that are still dead letters when their turn comes."""
    answers: list[Answer] = []
    for start in range(0, len(meant), _AT_ONCE):
        batch = await asyncio.gather(*map(act, meant[start : start + _AT_ONCE]), return_exceptions=True)
        for answer in batch:
            if not isinstance(answer, BaseException):
                answers.append(answer)
            elif not isinstance(answer, NotFound):
                raise answer
    return answers


def _confirmed(output: Output, verb: str, meant: Sequence[Run]) -> bool:
    if not meant:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{verb} {_letters(len(meant))}? Nobody is there to say so; add --yes.")
    agreed = output.asked(f"{verb} {_letters(len(meant))}?")
    if not agreed:
        output.hint("Nothing was changed.")
    return agreed


def _counted(count: int, done: str) -> Line:
    return Line(Cell(f"{_letters(count)} {done}"))


def _letters(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"
