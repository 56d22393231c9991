"""Every statement is used, says what it does, and runs where its plan is tested."""

import re
from importlib.resources import files

import pytest

from foliot.adapters.postgres import PostgresStore
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.statements import statement
from tests.contract.builders import NOW
from tests.contract.stores import PIECE
from tests.postgres.everything import EVERYTHING
from tests.postgres.line import Line
from tests.postgres.plans import STATEMENTS, kinds_of

ELSEWHERE = {"finish_one"}
"""Statements that run only in transactions of the application."""


def test_every_statement_says_what_it_does() -> None:
    for name in STATEMENTS:
        assert statement(name).startswith("-- "), name


def test_no_statement_is_there_for_nothing() -> None:
    source = "".join(
        file.read_text() for file in files("foliot.adapters.postgres").iterdir() if file.name.endswith(".py")
    )
    for name in STATEMENTS:
        assert f'"{name}"' in source, name


@pytest.mark.parametrize("is_pooled", [False, True])
@pytest.mark.parametrize("kind", Plans)
async def test_a_connection_has_the_settings_of_its_kind(database_url: str, kind: Plans, is_pooled: bool) -> None:
    store = PostgresStore(database_url, is_pooled=is_pooled)
    asking = "select lower(name), split_part(setting, ',', 1) from pg_settings where lower(name) = any ($1)"
    names = {name for plans in Plans for name in plans.value}
    found = await store._database.run(lambda session: session.connection.fetch(asking, names), plans=kind)
    assert dict(found) == {name: kind.value.get(name, "on") for name in names}
    await store.close()


async def test_each_statement_runs_where_its_plan_is_tested(database_url: str) -> None:
    ran: dict[Plans, set[str]] = {plans: set() for plans in Plans}
    async with Line(database_url) as line:
        store = PostgresStore(line.url, piece=PIECE)
        await store.migrate(NOW)
        for ask in EVERYTHING:
            await ask(store, line)
            for plans in Plans:
                ran[plans] |= await _prepared(store, plans)
        await store.close()
    for plans in Plans:
        assert ran[plans] == {name for name in STATEMENTS - ELSEWHERE if plans in kinds_of(name)}


async def _prepared(store: PostgresStore, plans: Plans) -> set[str]:
    """The statements that were prepared on the connection of a kind, of which there is one if nobody was in a hurry."""
    names = {statement(name): name for name in STATEMENTS}
    asking = "select statement from pg_prepared_statements"
    found = await store._database.run(lambda session: session.connection.fetch(asking), plans=plans)
    texts = {re.sub(r"(finished|attempts|events)_\d{8}t\d{6}", "a_piece", row[0]) for row in found}
    return {names[text] for text in texts & names.keys()}
