"""What a doctor wants to know of a database, looked at without changing it."""

from datetime import UTC, datetime

import asyncpg
import msgspec

_LOOK = """
select current_setting('server_version'), current_setting('server_version_num')::integer,
       current_setting('max_connections')::integer, clock_timestamp(), pg_database_size(current_database()),
       to_regclass('foliot_migrations') is not null, current_setting('synchronous_commit')
"""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is that of the schema, 0 where there is none; `clock_ahead`: seconds that ours is ahead of theirs."""

    server: str
    server_number: int
    most_connections: int
    clock_ahead: float
    size_bytes: int
    version: int
    synchronous_commit: str


async def look_into(url: str) -> Findings:
    """What there is to be seen in a database.

    Raises:
        OSError, asyncpg.PostgresError: it cannot be reached, or refuses us.
    """
    connection = await asyncpg.connect(url, timeout=10, statement_cache_size=0)
    try:
        asked = datetime.now(UTC)
        row = await connection.fetchrow(_LOOK)
        assert row is not None
        ahead = (asked + (datetime.now(UTC) - asked) / 2 - row[3]).total_seconds()
        version = await connection.fetchval("select max(version) from foliot_migrations") if row[5] else 0
    finally:
        await connection.close()
    return Findings(
        server=row[0], server_number=row[1], most_connections=row[2], clock_ahead=ahead, size_bytes=row[4],
        version=version or 0, synchronous_commit=row[6],
    )  # fmt: skip
