"""Databases to explain statements on, and what SQLite's plans say."""

import sqlite3
from collections.abc import Callable
from typing import Final

from foliot.adapters.sqlite import migrations
from foliot.adapters.sqlite.statements import statement
from tests.contract.builders import NOW

BACKLOG: Final = 50_000

_FILL: Final = """
with recursive n (n) as (select 1 union all select n + 1 from n where n < :rows)
insert into {table} ({columns}) select {values} from n
"""
_ID: Final = "printf('%016d', n)"
_FILLS: Final = {
    "jobs": {
        "tenant_id": "'t'", "id": _ID, "user_id": "'u'", "type": "'mail'", "queue": "'default'", "priority": "n % 4",
        "payload": "'{}'", "max_attempts": "3", "state": "'active'", "created_at": "n",
        "next_at": "case when n % 10 = 0 then n end", "root_id": f"case when n % 10 = 1 then {_ID} end",
    },
    "live": {
        "tenant_id": "'t'", "id": _ID, "job_id": _ID, "type": "'mail'", "queue": "'default'", "priority": "n % 4",
        "state": "case n % 100 when 0 then 'pending' when 1 then 'running' when 2 then 'retrying' else 'queued' end",
        "due_at": "n", "queued_at": "n", "lease_until": "n", "max_attempts": "3",
        "has_children": "case when n % 50 = 0 then 1 end", "expires_at": "case when n % 20 = 0 then n end",
    },
    "links": {
        "tenant_id": "'t'", "parent_id": _ID, "child_id": _ID, "wait_for": "'succeeded'", "join_by": "'all'",
        "parent_job_id": f"case when n % 10 = 1 then {_ID} end",
    },
    "finished": {
        "tenant_id": "'t'", "id": _ID, "job_id": _ID, "type": "'mail'", "queue": "'default'", "priority": "2",
        "state": "'succeeded'", "cause": "'returned'", "due_at": "n", "finished_at": "n", "attempt": "1",
        "max_attempts": "3", "lease": "1",
    },
    "attempts": {
        "tenant_id": "'t'", "run_id": _ID, "lease": "1", "number": "1", "worker": "'w'", "state": "'retrying'",
        "cause": "'raised'", "due_at": "n", "queued_at": "n", "started_at": "n", "ended_at": "n",
    },
    "events": {
        "tenant_id": "'t'", "job_id": _ID, "run_id": f"case when n % 2 then {_ID} end", "id": _ID,
        "type": "'run.logged'", "at": "n", "data": "'{}'",
    },
    "dead_letters": {"tenant_id": "'t'", "run_id": _ID, "type": "'mail'", "queue": "'default'"},
    "calendars": {"tenant_id": "'t'", "name": _ID, "dates": "'[]'", "description": "''", "updated_at": "n"},
    "occurrences": {"job_id": _ID, "planned_at": "n", "fate": "'run'", "run_id": _ID},
    "submission_keys": {
        "tenant_id": "'t'", "key": _ID, "fingerprint": "'f'", "job_id": _ID, "run_id": _ID,
        "expires_at": "case when n % 10 then n end",
    },
}  # fmt: skip


def _fill(connection: sqlite3.Connection, rows: int = BACKLOG) -> None:
    for table, columns in _FILLS.items():
        connection.execute(f"delete from {table}")
        text = _FILL.format(table=table, columns=", ".join(columns), values=", ".join(columns.values()))
        connection.execute(text, {"rows": rows})


def _full_but_told_empty(connection: sqlite3.Connection) -> None:
    connection.execute("analyze")
    _fill(connection)


def _full_but_told_of_one_row(connection: sqlite3.Connection) -> None:
    _fill(connection, 1)
    connection.execute("analyze")
    _fill(connection)


def _full_and_told_so(connection: sqlite3.Connection) -> None:
    _fill(connection)
    connection.execute("analyze")


def _empty_but_told_full(connection: sqlite3.Connection) -> None:
    _full_and_told_so(connection)
    for table in _FILLS:
        connection.execute(f"delete from {table}")


SITUATIONS: Final[dict[str, Callable[[sqlite3.Connection], None]]] = {
    "empty": lambda connection: None,
    "full": _fill,
    "full, told empty": _full_but_told_empty,
    "full, told of one row": _full_but_told_of_one_row,
    "full, told so": _full_and_told_so,
    "empty, told full": _empty_but_told_full,
}


def database(situation: str) -> sqlite3.Connection:
    """A migrated database in that situation, that plans with the statistics it has."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection, NOW)
    SITUATIONS[situation](connection)
    connection.execute("analyze sqlite_schema")  # reads the statistics again
    return connection


class _AllNull(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


def plan(connection: sqlite3.Connection, name: str) -> list[str]:
    """The steps of a statement's plan."""
    return [row[3] for row in connection.execute(f"explain query plan {statement(name)}", _AllNull())]


def scans(steps: list[str]) -> list[str]:
    """The steps that walk a whole table, or a whole index of one, be it to build a filter."""
    made = {step.split()[1] for step in steps if step.startswith(("CO-ROUTINE", "MATERIALIZE"))} | {"CONSTANT"}
    walks = [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    return [step for step in walks if step.split()[1] not in made] + [step for step in steps if "BLOOM" in step]
