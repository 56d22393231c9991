"""What was done though the line was cut before the answer is done once, and told as if the answer had been heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import asyncpg
import pytest

from foliot.adapters.postgres import PostgresStore
from tests.contract.builders import NOW
from tests.contract.stores import PIECE
from tests.postgres.deeds import deeds, set_scene
from tests.postgres.line import Line

NAMES = [
    "submit", "submit the same", "submit with a key", "submit all kinds", "claim", "claim for a worker outside",
    "claim by name", "promote", "expire", "plan", "plan with all that comes after", "pulse", "note", "finish",
    "finish for a while", "finish both ways", "finish a parent", "finish all kinds", "cancel", "cancel a parent",
    "cancel a job", "pause", "edit", "edit what waits", "run beside the schedule", "retry now", "replay", "discard",
    "save a calendar", "remove a calendar", "submit a child", "submit a graph",
]  # fmt: skip
TABLES = [
    "jobs", "live", "links", "finished", "attempts", "events", "dead_letters", "occurrences", "submission_keys",
    "calendars",
]  # fmt: skip
ROWS = """
select case when t ->> 'type' in ('run.logged', 'run.progressed') then t - 'id' else t end
from (select to_jsonb(r) as t from {} as r) as t order by 1
"""
"""What is noted gets its ids by chance."""


@pytest.mark.parametrize("name", NAMES)
async def test_wherever_the_line_is_cut_a_deed_is_done_once_and_told_as_if_it_was_not(
    name: str, database_url: str
) -> None:
    async with Line(database_url) as line, _connected(database_url) as beside:
        store = PostgresStore(line.url, piece=PIECE)
        await store.migrate(NOW)
        deed = (await deeds(store))[name]
        wanted = await deed(store), await _contents(beside)
        for times in count(1):
            await _empty(beside)
            await set_scene(store)
            cuts = line.cuts
            line.cut_after(times=times)
            answer = await deed(store)
            line.cut_after(times=0)
            assert (answer, await _contents(beside)) == wanted, f"cut after {times} messages"
            if line.cuts == cuts:
                break
        assert line.cuts
        await store.close()


async def test_these_are_all_deeds(store: PostgresStore) -> None:
    assert list(await deeds(store)) == NAMES


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    """A connection that nobody cuts."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def _contents(beside: Any) -> dict[str, list[Any]]:
    """All that is stored."""
    return {table: [row[0] for row in await beside.fetch(ROWS.format(table))] for table in TABLES}


async def _empty(beside: Any) -> None:
    await beside.execute("; ".join(f"delete from {table}" for table in TABLES))
