"""Connections: a bounded pool, pinned plans, and patience with a database that is away for a moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import asyncpg

from foliot.adapters.postgres.pieces import Pieces
from foliot.adapters.postgres.session import AsyncpgSession
from foliot.domain.errors import Unavailable

Connection = Any
"""A connection of asyncpg, or the pool's proxy of one."""

SETTINGS: Final = {
    "datestyle": "ISO", "plan_cache_mode": "force_generic_plan", "jit": "off",
    "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off",
    "enable_hashjoin": "off", "enable_mergejoin": "off",
}  # fmt: skip
"""ADR 11: each statement has one good plan; these leave the planner no other, whatever it believes of the tables."""

_SET_LOCAL: Final = ";".join(f"set local {name} = '{value}'" for name, value in SETTINGS.items())
_PAUSES: Final = (0.0, 0.1, 0.3, 0.6, 1.0)
_COMMAND_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_ACQUIRE_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 10.0

_AWAY: Final = (
    OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError, asyncpg.InternalClientError,
)  # fmt: skip
_AGAIN: Final = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError, asyncpg.UniqueViolationError)
_REFUSED: Final = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)

Answer = TypeVar("Answer")
Work = Callable[[AsyncpgSession], Awaitable[Answer]]


class Database:
    """Runs functions on connections of a pool, and again if the database went away meanwhile.

    All that is run here may be run twice: what was stored already is recognised by its ids.

    Args:
        url: `postgresql://…`, as libpq has them.
        connections: the most that this process opens.
        is_pooled: whether a pooler in transaction mode stands between: then nothing is kept on a connection.
        pieces: makes the pieces of the history that a write asks for.
    """

    def __init__(self, url: str, connections: int, is_pooled: bool, pieces: Pieces) -> None:
        self._url = url
        self._connections = connections
        self.is_pooled = is_pooled
        self._pieces = pieces
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._under_way = 0
        self._idle = asyncio.Event()

    async def run(self, work: Work[Answer], *, atomic: bool = False, when: Iterable[datetime] = ()) -> Answer:
        """What `work` returns.

        Args:
            atomic: whether its statements are one transaction.
            when: the times of the history rows that it may write.

        Raises:
            Unavailable: the database is away, or refuses us; nothing is known to have been written.
        """
        if self._is_closed:
            raise Unavailable("The store is closed.")
        self._under_way += 1
        try:
            return await self._run_patiently(work, atomic, when)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _run_patiently(self, work: Work[Answer], atomic: bool, when: Iterable[datetime]) -> Answer:
        may_be_stored = False
        for pause in (*_PAUSES, None):
            try:
                async with self.connection(atomic=atomic) as connection:
                    return await work(AsyncpgSession(connection, may_be_stored))
            except asyncpg.CheckViolationError:
                if pause is None:
                    raise
                async with self.connection(atomic=True) as connection:
                    await self._pieces.make(AsyncpgSession(connection), when)
            except _AGAIN:
                if pause is None:
                    raise
                may_be_stored = True
                await asyncio.sleep(pause)
            except _AWAY as error:
                if pause is None:
                    raise Unavailable(f"The database is away ({_said(error)}).") from error
                may_be_stored = True
                await asyncio.sleep(pause)
            except _REFUSED as error:
                raise Unavailable(f"The database refuses us ({_said(error)}); check FOLIOT_DATABASE_URL.") from error
        raise AssertionError("the last try returns or raises")

    @asynccontextmanager
    async def connection(self, *, atomic: bool = False) -> AsyncIterator[Connection]:
        """A connection, in a transaction if `atomic`."""
        async with self._taken() as connection:
            if not atomic and not self.is_pooled:
                yield connection
                return
            async with connection.transaction():
                if self.is_pooled:
                    await connection.execute(_SET_LOCAL)
                yield connection

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[Connection]:
        if self._pool is None:
            await self._open()
        assert self._pool is not None
        if self._loop is not asyncio.get_running_loop():
            # Another thread asks, while the loop that the pool belongs to is held up: it gets a connection of its own.
            connection = await self.connect()
            try:
                yield connection
            finally:
                await connection.close()
            return
        async with self._pool.acquire(timeout=_ACQUIRE_SECONDS) as pooled:
            yield pooled

    async def connect(self) -> Connection:
        """A connection beside the pool."""
        return await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, **self._settings())

    async def _open(self) -> None:
        async with self._opening:
            if self._pool is None:
                self._loop = asyncio.get_running_loop()
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=0, max_size=self._connections, timeout=_CONNECT_SECONDS, reset=_leave_as_it_is,
                    max_inactive_connection_lifetime=timedelta(minutes=10).total_seconds(), **self._settings(),
                )  # fmt: skip

    def _settings(self) -> dict[str, Any]:
        if self.is_pooled:
            return {"command_timeout": _COMMAND_SECONDS, "statement_cache_size": 0}
        return {
            "command_timeout": _COMMAND_SECONDS, "statement_cache_size": 200, "max_cached_statement_lifetime": 0,
            "server_settings": {"application_name": "foliot"} | SETTINGS,
        }  # fmt: skip

    async def close(self) -> None:
        """Finish what was asked for, then let go of all connections."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self._under_way:
                    self._idle.clear()
                    await self._idle.wait()
        if self._pool is not None:
            self._pool.terminate()


async def _leave_as_it_is(connection: Connection) -> None:
    """Nothing of ours changes a connection but within a transaction, so that there is nothing to reset."""


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
