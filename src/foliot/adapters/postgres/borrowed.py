"""Connections that belong to the application, in whose transactions we may write: asyncpg's and psycopg's."""

import inspect
from collections.abc import Sequence
from typing import Any

import asyncpg

from foliot.adapters.postgres.session import AsyncpgSession, Row, Session
from foliot.adapters.postgres.statements import statement
from foliot.domain.errors import Conflict, InvalidRequest


class PsycopgSession:
    """`Session` on a connection of psycopg, of either kind: one that waits, or one that blocks.

    Its raw cursor takes the numbered parameters that the statements have.
    """

    may_be_stored = False

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        cursor = await self._run(statement(name), arguments)
        rows = cursor.fetchall()
        found: Sequence[Row] = await rows if inspect.isawaitable(rows) else rows
        return found

    async def execute(self, name: str, *arguments: Any) -> int:
        count: int = (await self._run(statement(name), arguments)).rowcount
        return count

    async def script(self, text: str) -> None:
        await self._run(text, None)

    async def _run(self, text: str, arguments: Sequence[Any] | None) -> Any:
        import psycopg

        kind = psycopg.RawCursor if isinstance(self._connection, psycopg.Connection) else psycopg.AsyncRawCursor
        cursor: Any = kind(self._connection, row_factory=psycopg.rows.tuple_row)
        done = cursor.execute(text, arguments)
        if inspect.isawaitable(done):
            await done
        return cursor


def session_on(connection: object) -> Session:
    """A session in the transaction that is open on a connection.

    Raises:
        InvalidRequest: it is no connection of asyncpg or psycopg.
        Conflict: no transaction is open.
    """
    if isinstance(connection, asyncpg.Connection | asyncpg.pool.PoolConnectionProxy):
        if not connection.is_in_transaction():
            raise Conflict("No transaction is open on this connection; use `async with connection.transaction():`.")
        return AsyncpgSession(connection)
    if type(connection).__module__.partition(".")[0] == "psycopg" and hasattr(connection, "cursor"):
        found: Any = connection
        if found.autocommit and found.info.transaction_status.name == "IDLE":
            raise Conflict("No transaction is open on this connection; use `with connection.transaction():`.")
        return PsycopgSession(found)
    kind = f"{type(connection).__module__}.{type(connection).__qualname__}"
    raise InvalidRequest(f"A {kind} is no connection of asyncpg or psycopg to the store's database.", "connection")
