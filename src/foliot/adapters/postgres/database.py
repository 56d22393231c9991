"""Connections: bounded pools, one a kind of plans, and patience with a database that is away for a moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

import asyncpg

from foliot.adapters.postgres.pieces import Pieces
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.session import AsyncpgSession, Row
from foliot.adapters.postgres.statements import statement
from foliot.domain.errors import Unavailable

Connection = Any
"""A connection of asyncpg, or the pool's proxy of one."""

_PAUSES: Final = (0.0, 0.1, 0.3, 0.6, 1.0)
_COMMAND_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_ACQUIRE_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 600.0

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

    A transaction of whose commit nobody heard is asked after, and not run again if it was committed. What needs none
    may be run twice: it recognises what was stored already by its ids.

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
        self._pools: dict[Plans, asyncpg.Pool[Any]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._under_way = 0
        self._idle = asyncio.Event()

    async def run(
        self, work: Work[Answer], *, plans: Plans = Plans.SEEK, atomic: bool = False, when: Sequence[datetime] = ()
    ) -> Answer:
        """What `work` returns.

        Args:
            plans: how its statements find their rows.
            atomic: whether its statements are one transaction.
            when: the times of the history rows that it may write.

        Raises:
            Unavailable: the database is away, or refuses us; nothing is known to have been written.
        """
        if self._is_closed:
            raise Unavailable("The store is closed.")
        if not self._is_at_home():
            return await self._run_patiently(work, plans, atomic, when)
        self._under_way += 1
        try:
            return await self._run_patiently(work, plans, atomic, when)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def fetch(self, name: str, *arguments: Any, plans: Plans = Plans.WALK) -> Sequence[Row]:
        """The rows that one statement returns; see `run`."""
        return await self.run(lambda session: session.fetch(name, *arguments), plans=plans)

    async def _run_patiently(self, work: Work[Answer], plans: Plans, atomic: bool, when: Sequence[datetime]) -> Answer:
        may_be_stored = has_no_piece = False
        unheard: tuple[str, Answer] | None = None
        for pause in (*_PAUSES, None):
            try:
                if unheard is not None:
                    transaction, answer = unheard
                    if await self._is_committed(transaction):
                        return answer
                    unheard = None
                if has_no_piece:
                    async with self._connection(Plans.SEEK, atomic=True) as connection:
                        await self._pieces.make(AsyncpgSession(connection), when)
                    has_no_piece = False
                async with self._connection(plans, atomic) as connection:
                    answer = await work(AsyncpgSession(connection, may_be_stored))
                    if connection.is_in_transaction() and (found := await _transaction(connection)):
                        unheard = found, answer
                return answer
            except asyncpg.CheckViolationError:
                if pause is None:
                    raise
                has_no_piece = True
                continue
            except _AGAIN:
                if pause is None:
                    raise
            except _AWAY as error:
                if pause is None:
                    raise Unavailable(f"The database is away ({_said(error)}).") from error
            except _REFUSED as error:
                raise Unavailable(f"The database refuses us ({_said(error)}); check FOLIOT_DATABASE_URL.") from error
            may_be_stored = True
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _is_committed(self, transaction: str) -> bool:
        async with self._connection(Plans.SEEK, atomic=False) as connection:
            status = await connection.fetchval(statement("transaction_status"), transaction)
        if status == "in progress":
            raise TimeoutError("a commit takes long")
        return bool(status == "committed")

    @asynccontextmanager
    async def _connection(self, plans: Plans, atomic: bool) -> AsyncIterator[Connection]:
        """A connection, in a transaction if `atomic`."""
        async with self._taken(plans) as connection:
            try:
                if not atomic and not self.is_pooled:
                    yield connection
                    return
                async with connection.transaction():
                    if self.is_pooled:
                        await connection.execute(plans.for_one_transaction)
                    yield connection
            except asyncpg.InterfaceError as error:
                if not _is_lost(connection):
                    raise
                raise asyncpg.ConnectionDoesNotExistError("the connection was lost") from error

    @asynccontextmanager
    async def _taken(self, plans: Plans) -> AsyncIterator[Connection]:
        if not self._is_at_home():
            # Another thread asks, while the loop that the pools belong to is held up: it gets a connection of its own.
            connection = await self.connect(plans)
            try:
                yield connection
            finally:
                await connection.close()
            return
        pool = self._pools.get(plans) or await self._open(plans)
        async with pool.acquire(timeout=_ACQUIRE_SECONDS) as pooled:
            yield pooled

    def _is_at_home(self) -> bool:
        """Whether this is the event loop that the pools belong to, which is that of whoever asked first."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop is asyncio.get_running_loop()

    async def connect(self, plans: Plans = Plans.SEEK) -> Connection:
        """A connection beside the pools."""
        return await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, **self._settings(plans))

    async def _open(self, plans: Plans) -> "asyncpg.Pool[Any]":
        async with self._opening:
            if plans not in self._pools:
                walkers = max(1, self._connections // 3)
                most = walkers if plans is Plans.WALK else max(1, self._connections - walkers)
                self._pools[plans] = await asyncpg.create_pool(
                    self._url, min_size=0, max_size=most,
                    timeout=_CONNECT_SECONDS, reset=_leave_as_it_is, max_inactive_connection_lifetime=_IDLE_SECONDS,
                    **self._settings(plans),
                )  # fmt: skip
            return self._pools[plans]

    def _settings(self, plans: Plans) -> dict[str, Any]:
        if self.is_pooled:
            return {"command_timeout": _COMMAND_SECONDS, "statement_cache_size": 0}
        return {
            "command_timeout": _COMMAND_SECONDS, "statement_cache_size": 200, "max_cached_statement_lifetime": 0,
            "server_settings": {"application_name": "foliot"} | plans.value,
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
        for pool in self._pools.values():
            pool.terminate()


async def _transaction(connection: Connection) -> str | None:
    """What the transaction is called, if it has written anything."""
    found: str | None = await connection.fetchval(statement("transaction"))
    return found


def _is_lost(connection: Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken it back
        return True


async def _leave_as_it_is(connection: Connection) -> None:
    """Nothing of ours changes a connection but within a transaction, so that there is nothing to reset."""


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
