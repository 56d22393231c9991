"""What was done though the line was cut before the answer is done once, and told as if the answer had been heard."""

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
    async with Line(database_url) as line:
        store = PostgresStore(line.url, piece=PIECE)
        await store.migrate(NOW)
        deed = (await deeds(store))[name]
        wanted = await deed(store), await _contents(database_url)
        for times in count(1):
            await _empty(database_url)
            await set_scene(store)
            cuts = line.cuts
            line.cut_after(times=times)
            answer = await deed(store)
            line.cut_after(times=0)
            assert (answer, await _contents(database_url)) == wanted, f"cut after {times} messages"
            if line.cuts == cuts:
                break
        assert line.cuts
        await store.close()


async def test_these_are_all_deeds(store: PostgresStore) -> None:
    assert list(await deeds(store)) == NAMES


async def _contents(url: str) -> dict[str, list[Any]]:
    """All that is stored."""
    connection = await asyncpg.connect(url)
    found = {table: [row[0] for row in await connection.fetch(ROWS.format(table))] for table in TABLES}
    await connection.close()
    return found


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"truncate {', '.join(TABLES)}")
    await connection.close()
