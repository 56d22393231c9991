"""SQLite: a file for each scenario."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from bench.bare.payload import PAYLOAD, RESULT
from bench.bare.sqlite import bare_flow
from bench.beds.bed import Bare, Look
from bench.machine import machine

_DAYS: Final = 4

_FILL: Final = """
create temp table past as
with recursive past (n) as (select 0 union all select n + 1 from past where n + 1 < :runs)
select n, :begin + n * :step as at, :begin / 1000 + n * :step / 1000 as millisecond from past;

create temp table named as
select at, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(hex, 13, 3) || '-8' || substr(hex, 16, 3)
       || '-' || substr(hex, 19) as id
from (select n, at, printf('%012x%03x%015x', millisecond, n % 4096, n) as hex from past) order by n;

insert into jobs (tenant_id, id, user_id, type, queue, priority, payload, max_attempts, state, created_at)
select t.id, p.id, 'history', 'noop', 'default', 2, :payload, 3, 'active', at
from named as p, tenants as t where t.name = 'default';

insert into finished (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at,
                      finished_at, attempt, max_attempts, lease, worker, result)
select t.id, p.id, p.id, 'noop', 'default', 2, 'succeeded', 'returned', at, at, at, at, 1, 3, 1, 'history', :result
from named as p, tenants as t where t.name = 'default';
"""


class SqliteBed:
    """`synchronous` is SQLite's."""

    name = "SQLite"

    def __init__(self, folder: Path, synchronous: str) -> None:
        self._folder = folder
        self._synchronous = synchronous
        self._numbers = count(1)
        self.store = "sqlite" if synchronous == "normal" else f"sqlite, synchronous={synchronous}"
        self.machine = machine(f"SQLite {sqlite3.sqlite_version} (synchronous {synchronous})")

    @contextmanager
    def fresh(self) -> Iterator["SqliteDatabase"]:
        database = SqliteDatabase(self._folder / f"{next(self._numbers)}.db")
        try:
            yield database
        finally:
            for path in database.files():
                path.unlink(missing_ok=True)

    def bare(self, seconds: float, workers: int) -> Bare:
        """One thread does it all: more would only wait for one another."""
        with self.fresh() as database:
            return Bare(per_s=bare_flow(database.path, seconds, self._synchronous))

    @contextmanager
    def counting(self) -> Iterator[tuple["SqliteDatabase", "Uncounted"]]:
        with self.fresh() as database:
            yield database, Uncounted()


class SqliteDatabase:
    """A file, with its log beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def look(self) -> Look:
        return Look()

    def ended(self) -> int:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("select count(*) from finished").fetchone()[0])

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def sizes(self) -> Mapping[str, int]:
        return {path.suffix.removeprefix("."): path.stat().st_size for path in self.files() if path.exists()}

    def partitions(self) -> int | None:
        return None

    def fill(self, runs: int) -> None:
        span = _DAYS * 24 * 3600 * 1_000_000
        begin = time.time_ns() // 1000 - span
        values = {"runs": runs, "begin": begin, "step": span // runs, "payload": PAYLOAD, "result": RESULT}
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("begin")
            for statement in filter(str.strip, _FILL.split(";")):
                connection.execute(statement, values)
            connection.execute("commit")
            connection.execute("analyze")
            connection.execute("pragma wal_checkpoint(truncate)")

    def files(self) -> list[Path]:
        """The database, its log, and the memory that the log's readers share."""
        return [self.path, *(self.path.with_name(self.path.name + tail) for tail in ("-wal", "-shm"))]


class Uncounted:
    """Nobody counts what a file is asked."""

    source = "not counted"

    def begin(self) -> None:
        pass

    def queries(self) -> int | None:
        return None

    def top(self) -> list[str]:
        return []
