"""The SQLite store: `ports.Store`, put together from its parts."""

import sqlite3
from datetime import datetime
from pathlib import Path
from random import Random

from foliot.adapters.local.wakeup import LocalWakeup
from foliot.adapters.sqlite import migrations
from foliot.adapters.sqlite.calendars import Calendars
from foliot.adapters.sqlite.database import OLDEST_SQLITE, Database
from foliot.adapters.sqlite.moving import Moving
from foliot.adapters.sqlite.opening import Opening
from foliot.adapters.sqlite.reading import Reading
from foliot.adapters.sqlite.submitting import Submitting
from foliot.adapters.sqlite.wakeup import FileWakeup
from foliot.domain.errors import InvalidSettings
from foliot.domain.ids import IdSequence


class SqliteStore(Submitting, Moving, Reading, Opening, Calendars):
    """One database file, shared safely by any number of processes of one machine; or, without a path, one in memory.

    Args:
        path: the file, which is made if need be; its folder must exist. None for a database in memory.
        synchronous: `normal` keeps every commit through a crash of the process, `full` also through one of the machine.
        in_place: write without a thread, so that nothing depends on how fast one is; it blocks the event loop.
        random: where the ids come from that are made here.

    Raises:
        InvalidSettings: the SQLite library of this Python is too old.
        Unavailable: the file cannot be opened.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        synchronous: str = "normal",
        in_place: bool = False,
        random: Random | None = None,
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            wanted = ".".join(map(str, OLDEST_SQLITE))
            raise InvalidSettings(f"This Python has SQLite {sqlite3.sqlite_version}; {wanted} or newer is needed.")
        self._path = path
        self._database = Database(path, synchronous, in_place=in_place)
        self._ids = IdSequence(random or Random())

    async def migrate(self, now: datetime, to: int | None = None) -> list[str]:
        """Bring the schema to version `to`, the newest when None; what was done, a line each.

        Raises:
            Conflict: the database was made by a newer version, or by migrations that differ from ours.
        """
        return await self._database.write(lambda connection: migrations.migrate(connection, now, to))

    def wakeup(self) -> LocalWakeup:
        """The wake-ups that go with this store: among the processes that share its file, or within this one."""
        if self._path is None:
            return LocalWakeup()
        return FileWakeup(self._path, lambda: self._database.commits)

    async def ping(self) -> None:
        self._database.check_file()
        await self._database.write(lambda connection: connection.execute("select 1 from jobs limit 1").fetchone())

    async def close(self) -> None:
        await self._database.close()
