"""Bringing a database to a version: numbered SQL files, forward and back, applied once, under the write lock."""

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from foliot.domain.errors import Conflict, InvalidRequest
from foliot.domain.instant import to_microseconds

_LEDGER: Final = """
create table if not exists foliot_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at integer not null
) strict
"""


class Migration(msgspec.Struct, frozen=True):
    """One step: `forward` makes it, `back` undoes it."""

    version: int
    name: str
    forward: str
    back: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the forward script, to notice a file that was changed after it was applied."""
        return hashlib.sha256(self.forward.encode()).hexdigest()


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first: `NNNN_name.up.sql` with its `.down.sql`."""
    folder = files("foliot.adapters.sqlite").joinpath("migrations")
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        stem, _, ending = file.name.partition(".")
        if ending == "up.sql":
            number, _, name = stem.partition("_")
            back = folder.joinpath(f"{stem}.down.sql").read_text()
            found.append(Migration(int(number), name, file.read_text(), back))
    return tuple(found)


def script() -> str:
    """All forward scripts in one text, for teams that run migrations with tools of their own."""
    parts = [_LEDGER.strip() + ";"]
    for step in migrations():
        parts.append(f"-- {step.version:04} {step.name}\n{step.forward.strip()}")
        parts.append(
            "insert into foliot_migrations (version, name, checksum, applied_at)\n"
            f"values ({step.version}, '{step.name}', '{step.checksum}', unixepoch() * 1000000);"
        )
    return "\n\n".join(parts) + "\n"


def migrate(connection: sqlite3.Connection, now: datetime, to: int | None = None) -> list[str]:
    """Bring the schema to version `to`, the newest when None; what was done, a line each.

    To be called inside a transaction that holds the write lock, so that of several processes one does the work.

    Raises:
        Conflict: the database was made by a newer version, or by migrations that differ from these.
        InvalidRequest: there is no such version.
    """
    known = {step.version: step for step in migrations()}
    newest = max(known)
    target = newest if to is None else to
    if target != 0 and target not in known:
        raise InvalidRequest(f"There is no migration {target}; the newest is {newest}.", "to")
    connection.execute(_LEDGER)
    applied: dict[int, str] = dict(
        connection.execute("select version, checksum from foliot_migrations order by version").fetchall()
    )
    for version, checksum in applied.items():
        if version not in known:
            raise Conflict(f"The database is at version {version}, this program knows {newest}; upgrade Foliot.")
        if checksum != known[version].checksum:
            raise Conflict(f"Migration {version} was changed after it was applied to this database.")
    done = []
    for version in sorted(version for version in known if version <= target and version not in applied):
        step = known[version]
        _run(connection, step.forward)
        connection.execute(
            "insert into foliot_migrations (version, name, checksum, applied_at) values (?, ?, ?, ?)",
            (version, step.name, step.checksum, to_microseconds(now)),
        )
        done.append(f"applied {version:04} {step.name}")
    for version in sorted((version for version in applied if version > target), reverse=True):
        _run(connection, known[version].back)
        connection.execute("delete from foliot_migrations where version = ?", (version,))
        done.append(f"undid {version:04} {known[version].name}")
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
