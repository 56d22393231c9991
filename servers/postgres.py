"""PostgreSQL: as durable as it is by default, unless settings say otherwise."""

import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from servers.account import as_account, give
from servers.programs import postgres_programs
from servers.server import Server, ServerError

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


class Postgres(Server):
    """A PostgreSQL; a data folder that is there is used again."""

    name = "PostgreSQL"
    stop_signal: ClassVar = signal.SIGINT  # does not wait for clients to leave
    kill_signal: ClassVar = signal.SIGQUIT  # its children end at once too, and the next start recovers

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are those of postgresql.conf, such as `{"fsync": "off"}`."""
        super().__init__(folder, postgres_programs)
        self._settings = _SETTINGS | dict(settings or {}) | {"port": str(self.port)}
        self._data = self.folder / "data"

    def url(self, name: str) -> str:
        """Where the database of this name is."""
        return f"postgresql://foliot@127.0.0.1:{self.port}/{name}"

    def database(self, name: str | None = None, template: str | None = None) -> str:
        """Create a database, empty or as the one at the URL `template` is; its URL. Without a name it gets one that no
        other has.
        """
        name = name or f"foliot_{uuid.uuid4().hex[:12]}"
        self._execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(_name(template) if template else "template1")
            )
        )
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(_name(url))))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _prepare(self, programs: Path) -> Sequence[str | Path]:
        if not (self._data / "PG_VERSION").exists():
            self._make_data(programs / "initdb")
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return [programs / "postgres", "-D", self._data, *settings]

    def _make_data(self, initdb: Path) -> None:
        self._data.mkdir(exist_ok=True)
        give(self._data)
        options = ["--no-sync", "-E", "UTF8", "--locale", "C", "-U", "foliot", "-A", "trust", "-D", str(self._data)]
        done = subprocess.run(
            [initdb, *options], check=False, capture_output=True, text=True, cwd=self.folder, **as_account()
        )
        if done.returncode:
            raise ServerError(f"initdb failed. It said:\n{done.stderr}")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres"), connect_timeout=2):
            return True
        return False


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
