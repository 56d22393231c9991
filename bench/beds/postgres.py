"""PostgreSQL: a server of its own on a disk, with a database for each scenario."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from bench.bare import postgres as bare
from bench.beds.bed import Bare
from bench.beds.postgres_database import PostgresDatabase
from bench.beds.postgres_queries import Commits, Statements
from bench.board import Phase
from bench.fleet import Fleet
from bench.machine import machine
from bench.window import WARM_UP_SECONDS, moment, window_since
from foliot import Settings
from foliot.wiring.stores import open_store
from servers.postgres import Postgres

_SETTINGS: Final = {
    "fsync": "on", "synchronous_commit": "on", "shared_buffers": "1GB", "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
}  # fmt: skip
"""For two cores and 24 GiB. All else is as the server comes, but for its address and 200 connections."""

_COUNTING: Final = "pg_stat_statements"


class PostgresBed:
    """`folder` must be on a disk: in memory, fsync costs nothing."""

    name = "PostgreSQL"
    store = "postgres"

    def __init__(self, server: Postgres, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.machine = machine(_told(server))

    @contextmanager
    def fresh(self) -> Iterator[PostgresDatabase]:
        with _database(self._server) as database:
            yield database

    def bare(self, seconds: float, workers: int) -> Bare:
        with self.fresh() as database, Fleet(self._folder / "bare.log") as fleet:
            asyncio.run(_migrate(database.url))
            database.make_pieces([datetime.now(UTC)])
            fleet.start(bare.submit, database.url)
            for _ in range(workers):
                fleet.start(bare.work, database.url)
            fleet.go()
            fleet.sleep(WARM_UP_SECONDS)
            begin = moment(fleet, database)
            fleet.sleep(seconds)
            window = window_since(begin, fleet, database)
            fleet.board.phase = Phase.CEASE
        costs = window.database_figures()
        return Bare(
            per_s=window.stored_per_s, wal_bytes_per_job=costs["wal_bytes_per_job"],
            commits_per_job=costs["commits_per_job"],
        )  # fmt: skip

    @contextmanager
    def counting(self) -> Iterator[tuple[PostgresDatabase, Statements | Commits]]:
        if not _has_counter(self._server):
            with self.fresh() as database:
                yield database, Commits(self._server.url("postgres"), database.url)
            return
        with (
            Postgres(self._folder / "counting", _SETTINGS | {"shared_preload_libraries": _COUNTING}) as server,
            _database(server) as database,
        ):
            yield database, Statements(server.url("postgres"), database.url)


@contextmanager
def postgres_bed(folder: Path) -> Iterator[PostgresBed]:
    """A server that runs for as long as the block lasts."""
    with Postgres(folder / "postgres", _SETTINGS) as server:
        yield PostgresBed(server, folder)


@contextmanager
def _database(server: Postgres) -> Iterator[PostgresDatabase]:
    url = server.database()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield PostgresDatabase(url, connection)
    finally:
        server.drop(url)


async def _migrate(url: str) -> None:
    store = open_store(Settings(database_url=url))
    try:
        await store.migrate(datetime.now(UTC))
    finally:
        await store.close()


def _told(server: Postgres) -> str:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        version, *values = (
            connection.execute("select current_setting(%s)", [name]).fetchone()
            for name in ("server_version", *_SETTINGS)
        )
    settings = ", ".join(f"{name} {value[0]}" for name, value in zip(_SETTINGS, values, strict=True) if value)
    return f"PostgreSQL {version[0].split()[0] if version else '?'} ({settings})"


def _has_counter(server: Postgres) -> bool:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        found = connection.execute("select from pg_available_extensions where name = %s", [_COUNTING]).fetchone()
    return found is not None
