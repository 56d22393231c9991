"""The PostgreSQL store: `ports.Store`, put together from its parts."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from foliot.adapters.postgres import migrations
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.moving import Moving
from foliot.adapters.postgres.opening import Opening
from foliot.adapters.postgres.pieces import Pieces
from foliot.adapters.postgres.reading import Reading
from foliot.adapters.postgres.submitting import Submitting
from foliot.adapters.postgres.wakeup import PostgresWakeup
from foliot.domain.errors import Unavailable
from foliot.domain.ids import IdSequence

_PIECES_KEPT: Final = 6
_WIDTHS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 28 * 24 * 60)
)


class PostgresStore(Submitting, Moving, Reading, Opening):
    """One database, shared safely by any number of processes on any number of machines.

    Args:
        url: `postgresql://user:password@host:port/database`, with libpq's parameters.
        connections: the most that this process opens, but for one more that listens.
        is_pooled: whether the URL is that of a pooler in transaction mode, such as PgBouncer.
        piece: how long a time one partition of the history covers; see `piece_for`.
    """

    def __init__(
        self, url: str, *, connections: int = 5, is_pooled: bool = False, piece: timedelta = timedelta(days=1)
    ) -> None:
        self._pieces = Pieces(piece)
        self._database = Database(url, connections, is_pooled, self._pieces)
        self._wakeup = PostgresWakeup(self._database)
        self._ids = IdSequence(Random())

    async def migrate(self, now: datetime, to: int | None = None) -> list[str]:
        """Bring the schema to version `to`, the newest when None; what was done, a line each.

        Raises:
            Conflict: the database was made by a newer version, or by migrations that differ from ours.
            Unavailable: the database is away.
        """
        return await self._database.run(lambda session: migrations.migrate(session.connection, now, to), atomic=True)

    def wakeup(self) -> PostgresWakeup:
        """The wake-ups that go with this store: among all who use its database."""
        return self._wakeup

    async def ping(self) -> None:
        found = await self._database.run(lambda session: session.fetch("ping"))
        if found[0][0]:
            raise Unavailable("The database is read-only; FOLIOT_DATABASE_URL must name the primary.")

    async def close(self) -> None:
        await self._wakeup.close()
        await self._database.close()


def piece_for(retention: timedelta) -> timedelta:
    """How long a time a partition shall cover so that some six to thirty of them hold the history."""
    return max((width for width in _WIDTHS if width * _PIECES_KEPT <= retention), default=_WIDTHS[0])
