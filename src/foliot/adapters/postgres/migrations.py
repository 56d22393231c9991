"""Bringing a PostgreSQL database to a version, in one transaction that only one process can be in."""

from datetime import datetime
from typing import Any, Final

from foliot.adapters.migrations import Migration, changes, migrations_of
from foliot.adapters.migrations import script as script_of

_LEDGER: Final = """
create table if not exists foliot_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null
)
"""
_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('foliot.migrations', 0))"


def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    return migrations_of(__package__)


def script() -> str:
    """All forward scripts in one text."""
    return script_of(migrations(), _LEDGER, "now()")


async def migrate(connection: Any, now: datetime, to: int | None = None) -> list[str]:
    """Bring the schema to version `to`, the newest when None; what was done, a line each.

    To be called inside a transaction; of several processes one does the work, the others wait and find it done.

    Raises:
        Conflict: the database was made by a newer version, or by migrations that differ from these.
        InvalidRequest: there is no such version.
    """
    await connection.execute(_LOCK)
    await connection.execute(_LEDGER)
    rows = await connection.fetch("select version, checksum from foliot_migrations order by version")
    done = []
    for change in changes(migrations(), {row[0]: row[1] for row in rows}, to):
        step = change.migration
        await connection.execute(change.sql)
        if change.is_forward:
            await connection.execute(
                "insert into foliot_migrations (version, name, checksum, applied_at) values ($1, $2, $3, $4)",
                step.version, step.name, step.checksum, now,
            )  # fmt: skip
        else:
            await connection.execute("delete from foliot_migrations where version = $1", step.version)
        done.append(str(change))
    return done
