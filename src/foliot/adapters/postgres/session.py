"""A connection, as the statements see it: asked by the names of statements, whoever owns it."""

from collections.abc import Sequence
from typing import Any, Protocol

from foliot.adapters.postgres.statements import statement

Row = Sequence[Any]


class Session(Protocol):
    """Runs statements of this adapter, one after another, in one connection."""

    @property
    def may_be_stored(self) -> bool:
        """Whether this was tried before, and may have been stored though nobody heard of it."""
        ...

    async def fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        """The rows that a statement returns."""
        ...

    async def execute(self, name: str, *arguments: Any) -> int:
        """How many rows a statement wrote."""
        ...

    async def script(self, text: str) -> None:
        """Run statements that are not known by a name."""
        ...


class AsyncpgSession:
    """`Session` on a connection of asyncpg; in the transaction that it is in, or none."""

    def __init__(self, connection: Any, may_be_stored: bool = False) -> None:
        self.connection = connection
        self.may_be_stored = may_be_stored

    async def fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        found: Sequence[Row] = await self.connection.fetch(statement(name), *arguments)
        return found

    async def execute(self, name: str, *arguments: Any) -> int:
        told: str = await self.connection.execute(statement(name), *arguments)
        return int(told.rpartition(" ")[2])

    async def script(self, text: str) -> None:
        await self.connection.execute(text)
