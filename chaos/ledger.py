"""A table of effects, each written in the transaction that completes its run. No constraint hides a second one."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
import msgspec

from foliot import Context, Settings

_CREATE: Final = "create table if not exists effects (number bigint, run_id text, lease integer, pid integer)"
_ACQUIRE_SECONDS: Final = 10.0
_BUSY_SECONDS: Final = 5.0


class Effect(msgspec.Struct, frozen=True):
    """A row: which attempt of which run wrote it, and in which process."""

    number: int
    run_id: str
    lease: int
    pid: int


class Undone(RuntimeError):
    """Raised by a handler that has completed its run in a transaction, before that is committed."""


class Ledger(Protocol):
    """The table, in the store's own database."""

    async def prepare(self) -> None:
        """Make the table."""
        ...

    async def charge(self, ctx: Context, number: int, *, undo: bool) -> int:
        """Write an effect and complete the run, in one transaction; `undo` raises before the commit."""
        ...

    async def effects(self) -> list[Effect]:
        """All that is in the table."""
        ...


class PostgresLedger:
    """`Ledger` with asyncpg, by a small pool of the application's own."""

    def __init__(self, url: str, connections: int = 3) -> None:
        self._url = url
        self._connections = connections
        self._pool: Any = None

    async def prepare(self) -> None:
        connection = await asyncpg.connect(self._url)
        await connection.execute(_CREATE)
        await connection.close()

    async def charge(self, ctx: Context, number: int, *, undo: bool) -> int:
        if self._pool is None:
            self._pool = asyncpg.create_pool(self._url, min_size=0, max_size=self._connections)
        pool = await self._pool
        async with pool.acquire(timeout=_ACQUIRE_SECONDS) as connection, connection.transaction():
            await connection.execute(
                "insert into effects values ($1, $2, $3, $4)", number, ctx.run_id, ctx.lease, os.getpid()
            )
            await ctx.complete_in(connection, number)
            if undo:
                raise Undone
        return number

    async def effects(self) -> list[Effect]:
        connection = await asyncpg.connect(self._url)
        try:
            return [Effect(*row) for row in await connection.fetch("select number, run_id, lease, pid from effects")]
        finally:
            await connection.close()


class SqliteLedger:
    """`Ledger` with sqlite3, each transaction in a thread and on a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def prepare(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute(_CREATE)

    async def charge(self, ctx: Context, number: int, *, undo: bool) -> int:
        return await asyncio.to_thread(self._charge, ctx, number, undo)

    def _charge(self, ctx: Context, number: int, undo: bool) -> int:
        with closing(self._connect()) as connection:  # to close it is to roll back
            connection.execute("begin immediate")
            connection.execute("insert into effects values (?, ?, ?, ?)", (number, ctx.run_id, ctx.lease, os.getpid()))
            ctx.complete_in_blocking(connection, number)
            if undo:
                raise Undone
            connection.execute("commit")
        return number

    async def effects(self) -> list[Effect]:
        with closing(self._connect()) as connection:
            return [Effect(*row) for row in connection.execute("select number, run_id, lease, pid from effects")]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)


def ledger_of(settings: Settings) -> Ledger:
    """The ledger in the database that the settings name."""
    path = None if settings.is_postgres else settings.sqlite_path()
    return PostgresLedger(settings.database_url) if path is None else SqliteLedger(path)
