"""What bare SQLite can do with the same rows: Foliot's own tables, written by plain batched SQL in one thread.

No tenants' checks, no retries, no leases to renew, no handlers: the ceiling that Foliot's throughput is a share of.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.bare.payload import PAYLOAD, RESULT
from foliot.adapters.sqlite import migrations
from foliot.domain.ids import IdSequence

_BATCH: Final = 500
_TENANT: Final = "00000000-0000-7000-8000-000000000000"

_INSERT_JOBS: Final = """
insert into jobs (tenant_id, id, user_id, type, queue, priority, payload, max_attempts, state, created_at)
values (?, ?, 'bare', 'noop', 'default', 2, ?, 3, 'active', ?)"""
_INSERT_LIVE: Final = """
insert into live (tenant_id, id, job_id, type, queue, priority, state, due_at, queued_at, max_attempts)
values (?, ?, ?, 'noop', 'default', 2, 'queued', ?, ?, 3)"""
_READY: Final = """
select r.rowid, r.id, j.payload
from (select rowid, tenant_id, id from live where state = 'queued' and queue = 'default' and priority = 2
      order by due_at, id limit ?) as r
join jobs as j on j.tenant_id = r.tenant_id and j.id = r.id"""
_LEASE: Final = """
update live set state = 'running', attempt = attempt + 1, lease = lease + 1, worker = 'bare', lease_until = ?,
       started_at = ? where rowid = ?"""
_APPEND: Final = """
insert into finished (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at,
                      finished_at, attempt, max_attempts, lease, worker, result)
select tenant_id, id, job_id, type, queue, priority, 'succeeded', 'returned', due_at, queued_at, started_at, ?, attempt,
       max_attempts, lease, worker, ? from live where rowid = ? and state = 'running'"""
_REMOVE: Final = "delete from live where rowid = ?"


def bare_flow(path: Path, seconds: float, synchronous: str) -> float:
    """Jobs stored, claimed and ended per second, one thread, batches of 500."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = wal", f"synchronous = {synchronous}", "cache_size = -65536",
                       "wal_autocheckpoint = 4000", "temp_store = memory"):  # fmt: skip
            connection.execute(f"pragma {pragma}")
        with _transaction(connection):
            migrations.migrate(connection, datetime.now(UTC))
        ids, done, begun = IdSequence(Random()), 0, time.perf_counter()
        while (elapsed := time.perf_counter() - begun) < seconds:
            _submit(connection, ids.take(datetime.now(UTC), _BATCH))
            _finish(connection, _claim(connection))
            done += _BATCH
        return done / elapsed


class _transaction:  # reads as a phrase where it is used
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("begin immediate")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("commit")


def _now() -> int:
    return time.time_ns() // 1000


def _submit(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    now = _now()
    with _transaction(connection):
        connection.executemany(_INSERT_JOBS, [(_TENANT, identifier, PAYLOAD, now) for identifier in ids])
        connection.executemany(_INSERT_LIVE, [(_TENANT, identifier, identifier, now, now) for identifier in ids])


def _claim(connection: sqlite3.Connection) -> list[Any]:
    now = _now()
    with _transaction(connection):
        ready = connection.execute(_READY, (_BATCH,)).fetchall()
        connection.executemany(_LEASE, [(now + 15_000_000, now, row[0]) for row in ready])
    return ready


def _finish(connection: sqlite3.Connection, ready: Sequence[Any]) -> None:
    now = _now()
    with _transaction(connection):
        connection.executemany(_APPEND, [(now, RESULT, row[0]) for row in ready])
        connection.executemany(_REMOVE, [(row[0],) for row in ready])
