"""Bringing a SQLite database to a version, under its write lock."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from foliot.adapters.migrations import Migration, changes, migrations_of
from foliot.adapters.migrations import script as script_of
from foliot.domain.instant import to_microseconds

_LEDGER: Final = """
create table if not exists foliot_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at integer not null
) strict
"""


def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    return migrations_of(__package__)


def script() -> str:
    """All forward scripts in one text."""
    return script_of(migrations(), _LEDGER, "unixepoch() * 1000000")


def migrate(connection: sqlite3.Connection, now: datetime, to: int | None = None) -> list[str]:
    """Bring the schema to version `to`, the newest when None; what was done, a line each.

    To be called inside a transaction that holds the write lock, so that of several processes one does the work.

    Raises:
        Conflict: the database was made by a newer version, or by migrations that differ from these.
        InvalidRequest: there is no such version.
    """
    connection.execute(_LEDGER)
    applied: dict[int, str] = dict(
        connection.execute("select version, checksum from foliot_migrations order by version").fetchall()
    )
    done = []
    for change in changes(migrations(), applied, to):
        step = change.migration
        _run(connection, change.sql)
        if change.is_forward:
            connection.execute(
                "insert into foliot_migrations (version, name, checksum, applied_at) values (?, ?, ?, ?)",
                (step.version, step.name, step.checksum, to_microseconds(now)),
            )
        else:
            connection.execute("delete from foliot_migrations where version = ?", (step.version,))
        done.append(str(change))
    return done


def _run(connection: sqlite3.Connection, text: str) -> None:
    for sql in _statements(text):
        connection.execute(sql)


def _statements(text: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit the transaction that we are in."""
    gathered = ""
    for line in text.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    if gathered.strip():
        yield gathered
