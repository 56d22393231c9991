"""Which store the settings name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from foliot.adapters.migrations import Migration
from foliot.domain.errors import Unavailable
from foliot.ports import Store, Wakeup
from foliot.settings import Settings


class OpenStore(Store, Protocol):
    """A store that can be brought up to date, and has wake-ups of its own."""

    async def migrate(self, now: datetime, to: int | None = None) -> list[str]: ...

    def wakeup(self) -> Wakeup: ...


def open_store(settings: Settings) -> OpenStore:
    """The store that the settings name; the folder of a database file is made if need be.

    Raises:
        Unavailable: the database cannot be opened.
    """
    if settings.is_postgres:
        from foliot.adapters.postgres.store import PostgresStore, piece_for

        return PostgresStore(
            settings.database_url,
            connections=settings.database_connections,
            is_pooled=settings.database_pooler == "transaction",
            piece=piece_for(timedelta(days=settings.retention_days)),
        )
    from foliot.adapters.sqlite import SqliteStore

    path = settings.sqlite_path()
    if path is not None:
        try:
            make_folder(path.parent)
        except OSError as error:
            raise Unavailable(f"The database's folder {path.parent} cannot be made ({error.strerror}).") from error
    return SqliteStore(path, synchronous=settings.sqlite_synchronous)


def migrations(settings: Settings) -> Sequence[Migration]:
    """The migrations of the store that the settings name, oldest first."""
    if settings.is_postgres:
        from foliot.adapters.postgres import migrations as postgres

        return postgres.migrations()
    from foliot.adapters.sqlite import migrations as sqlite

    return sqlite.migrations()


def migration_script(settings: Settings) -> str:
    """The same in one text."""
    if settings.is_postgres:
        from foliot.adapters.postgres import migrations as postgres

        return postgres.script()
    from foliot.adapters.sqlite import migrations as sqlite

    return sqlite.script()


def make_folder(folder: Path) -> None:
    """A folder of ours says itself that it is not to be committed: an API key may come to lie in it."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
