"""Bringing a database to a version: numbered SQL files, forward and back, each applied once and never changed again.

What is to be done is decided here; each adapter runs it in its own way, under a lock of its database.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from foliot.domain.errors import Conflict, InvalidRequest


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


class Change(msgspec.Struct, frozen=True):
    """A migration to be applied, or undone."""

    migration: Migration
    is_forward: bool

    @property
    def sql(self) -> str:
        return self.migration.forward if self.is_forward else self.migration.back

    def __str__(self) -> str:
        return f"{'applied' if self.is_forward else 'undid'} {self.migration.version:04} {self.migration.name}"


@cache
def migrations_of(package: str) -> tuple[Migration, ...]:
    """The migrations in the `migrations` folder of a package, oldest first: `NNNN_name.up.sql` with its `.down.sql`."""
    folder = files(package).joinpath("migrations")
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        stem, _, ending = file.name.partition(".")
        if ending == "up.sql":
            number, _, name = stem.partition("_")
            back = folder.joinpath(f"{stem}.down.sql").read_text()
            found.append(Migration(int(number), name, file.read_text(), back))
    return tuple(found)


def script(known: Sequence[Migration], ledger: str, now: str) -> str:
    """All forward scripts in one text, for teams that run migrations with tools of their own.

    Args:
        ledger: the statement that makes the table of applied migrations.
        now: this database's expression for the present instant.
    """
    parts = [ledger.strip() + ";"]
    for step in known:
        parts.append(f"-- {step.version:04} {step.name}\n{step.forward.strip()}")
        parts.append(
            "insert into foliot_migrations (version, name, checksum, applied_at)\n"
            f"values ({step.version}, '{step.name}', '{step.checksum}', {now});"
        )
    return "\n\n".join(parts) + "\n"


def changes(known: Sequence[Migration], applied: Mapping[int, str], to: int | None = None) -> list[Change]:
    """What brings a database from the applied migrations, by version with their checksums, to `to` (None: the newest).

    Raises:
        Conflict: the database was made by a newer version, or by migrations that differ from these.
        InvalidRequest: there is no such version.
    """
    steps = {step.version: step for step in known}
    newest = max(steps)
    target = newest if to is None else to
    if target != 0 and target not in steps:
        raise InvalidRequest(f"There is no migration {target}; the newest is {newest}.", "to")
    for version, checksum in applied.items():
        if version not in steps:
            raise Conflict(f"The database is at version {version}, this program knows {newest}; upgrade Foliot.")
        if checksum != steps[version].checksum:
            raise Conflict(f"Migration {version} was changed after it was applied to this database.")
    forward = [
        Change(steps[version], True) for version in sorted(steps) if version <= target and version not in applied
    ]
    back = [Change(steps[version], False) for version in sorted(applied, reverse=True) if version > target]
    return forward + back
