"""PgBouncer with transaction pooling, strict as it is by default: it knows no session, and drops no start-up option."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from servers.postgres import Postgres
from servers.programs import pgbouncer_programs
from servers.server import Server

_CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={postgres_port} user=foliot

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 1000
"""


class PgBouncer(Server):
    """A PgBouncer before all databases of a PostgreSQL, with `pool_size` connections to each."""

    name = "PgBouncer"
    # The signal of an immediate stop is another one in every few versions, and there is nothing to save.
    stop_signal: ClassVar = Server.kill_signal

    def __init__(self, folder: Path, postgres: Postgres, pool_size: int = 4) -> None:
        super().__init__(folder, pgbouncer_programs)
        self._postgres = postgres
        self._pool_size = pool_size

    def url(self, database_url: str) -> str:
        """The way through PgBouncer to a database of its PostgreSQL."""
        return urlsplit(database_url)._replace(netloc=f"foliot@127.0.0.1:{self.port}").geturl()

    def _prepare(self, programs: Path) -> Sequence[str | Path]:
        file = self.folder / "pgbouncer.ini"
        file.write_text(
            _CONFIGURATION.format(postgres_port=self._postgres.port, port=self.port, pool_size=self._pool_size)
        )
        return [programs / "pgbouncer", file]

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2):
            return True
        return False
