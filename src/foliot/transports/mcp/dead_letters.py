"""Tools on dead letters: runs that failed for good."""

from typing import Final

import msgspec

from foliot.domain.identity import Role
from foliot.domain.page import PageRequest
from foliot.ports import RunFilter
from foliot.transports.mcp.answers import RunAnswer, run_answer, run_line
from foliot.transports.mcp.jobs import DEFAULT_LINES, Cursor, Lines, QueueName, RunLines, TypeName
from foliot.transports.mcp.reading import checked_names
from foliot.transports.mcp.runs import TheRun
from foliot.transports.mcp.tool import ENDS, READS, STARTS_WORK, Call, tool

_REPLAYED: Final = "This is a new run of the same job; run_id is its own."


class WhichDead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters to list."""

    type: TypeName | None = None
    queue: QueueName | None = None
    limit: Lines = DEFAULT_LINES
    cursor: Cursor | None = None


@tool("List dead letters", effects=READS)
async def dead_list(call: Call, arguments: WhichDead) -> RunLines:
    """Runs that failed for good and were neither replayed nor discarded, newest first."""
    checked_names(type=arguments.type, queue=arguments.queue)
    wanted = RunFilter(type=arguments.type, queue=arguments.queue)
    page = await call.services.dead_letters.page(call.identity, wanted, PageRequest(arguments.limit, arguments.cursor))
    return RunLines([run_line(run) for run in page.items], page.next_cursor)


class Discarded(msgspec.Struct, frozen=True):
    """A dead letter that is none any more."""

    run_id: str
    next_step: str


@tool("Replay a dead letter", effects=STARTS_WORK, role=Role.OPERATOR)
async def dead_replay(call: Call, arguments: TheRun) -> RunAnswer:
    """A new run of a run that failed for good. Find out with task_events why it failed, before."""
    run = await call.services.dead_letters.replay(call.identity, arguments.run_id)
    return run_answer(run, call.now, call.timezone, note=_REPLAYED)


@tool("Discard a dead letter", effects=ENDS, role=Role.OPERATOR)
async def dead_discard(call: Call, arguments: TheRun) -> Discarded:
    """Takes a run off the dead letters for good; it stays in the history."""
    await call.services.dead_letters.discard(call.identity, arguments.run_id)
    return Discarded(arguments.run_id, "Nothing; run_get still shows it.")
