"""A connection, as the statements see it: asked by the names of statements, whoever owns it."""

from collections.abc import Sequence
from typing import Any, Protocol

from foliot.adapters.postgres.statements import statement

Row = Sequence[Any]


class Session(Protocol):
    """Runs statements of this adapter, one after another, in one connection."""

    @property
    def is_retry(self) -> bool:
        """Whether this was tried before, and may have been stored though nobody heard of it."""
        ...

    async def fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        """The rows that a statement returns."""
        ...

    async def execute(self, name: str, *arguments: Any) -> int:
        """How many rows a statement wrote."""
        ...


class AsyncpgSession:
    """`Session` on a connection of asyncpg; in the transaction that it is in, or none."""

    def __init__(self, connection: Any, is_retry: bool) -> None:
        self.connection = connection
        self.is_retry = is_retry

    async def fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        found: Sequence[Row] = await self.connection.fetch(statement(name), *arguments)
        return found

    async def execute(self, name: str, *arguments: Any) -> int:
        told: str = await self.connection.execute(statement(name), *arguments)
        return int(told.rpartition(" ")[2])
