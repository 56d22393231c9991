"""Threads and connections: one writer that commits whatever is asked at the same time together, and some readers."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from foliot.domain.errors import Unavailable

OLDEST_SQLITE: Final = (3, 38, 0)
_BUSY_MILLISECONDS: Final = 5_000
_READERS: Final = 2
_LARGEST_GROUP: Final = 64
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.1

_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked",
    sqlite3.SQLITE_READONLY: "is read-only; check the permissions of the file and its folder",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the disk",
    sqlite3.SQLITE_FULL: "is full; free some disk space",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and is writable",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; check FOLIOT_DATABASE_URL",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup",
}

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]


class Database:
    """Runs functions on connections, off the event loop.

    All writes go through one thread. Those that arrive while it is busy share the next transaction; if one of them
    fails, the transaction is rolled back and each is run again in one of its own, so that nobody pays for another's
    mistake. With `path` None the database is in memory and reads go through the same thread.

    With `in_place` there is no such thread: what is asked for is done there and then, alone, where it is asked for.
    A caller in an event loop gets its answer in the loop's next turn.
    """

    def __init__(self, path: Path | None, synchronous: str = "normal", *, in_place: bool = False) -> None:
        self._path = None if path is None else path.absolute()
        self._synchronous = synchronous
        self._work: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._connection = self._connect()
        self._file = _identity(self._path)
        self._writer = None if in_place else threading.Thread(target=self._write_all, name="sqlite-writer", daemon=True)
        if self._writer is not None:
            self._writer.start()
        self._readers = None if path is None else _Readers(self._connect)
        self._closed = False
        self.commits = 0
        """How many transactions this process has committed."""

    async def write(self, work: Work[Answer]) -> Answer:
        """What `work` returns, once its transaction is committed.

        Raises:
            Unavailable: the database is locked, full, read-only or away; nothing was written.
        """
        return await asyncio.wrap_future(self.write_soon(work))

    def write_soon(self, work: Work[Answer]) -> "Future[Answer]":
        """The same for callers without an event loop."""
        if self._closed:
            raise Unavailable("The store is closed.")
        future: Future[Answer] = Future()
        if self._writer is None:
            self._write_group([(work, future)])
        else:
            self._work.put((work, future))
        return future

    async def read(self, work: Work[Answer]) -> Answer:
        """What `work` returns.

        Raises:
            Unavailable: the database cannot be read.
        """
        if self._readers is None or self._closed:
            return await self.write(work)
        return await asyncio.wrap_future(self._readers.submit(work))

    def check_file(self) -> None:
        """Notice that the file has gone: what is written to it goes on as if nothing were, and is lost at the end.

        Raises:
            Unavailable: it was removed, or another has its name.
        """
        if _identity(self._path) != self._file:
            raise Unavailable(
                f"The database file {self._path} was removed or replaced while it was open; what is written now is "
                "lost. Stop this process, and bring the file back."
            )

    async def close(self) -> None:
        """Finish what was asked for, then let go of the file."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            self._work.put(None)
            await asyncio.to_thread(self._writer.join)
        if self._readers is not None:
            await asyncio.to_thread(self._readers.close)
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        with _told_plainly():
            connection = sqlite3.connect(
                ":memory:" if self._path is None else self._path,
                timeout=_BUSY_MILLISECONDS / 1000,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            try:
                for pragma in self._pragmas():
                    _patiently(connection.execute, f"pragma {pragma}")
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    def _pragmas(self) -> Iterable[str]:
        yield "journal_mode = wal"
        yield f"synchronous = {self._synchronous}"
        yield "temp_store = memory"
        yield "cache_size = -65536"
        yield "wal_autocheckpoint = 4000"
        yield "journal_size_limit = 67108864"

    def _write_all(self) -> None:
        while (first := self._work.get()) is not None:
            group = [first]
            last = False
            while len(group) < _LARGEST_GROUP:
                try:
                    item = self._work.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    last = True
                    break
                group.append(item)
            # A caller that has given up is left out; from here on none can.
            self._write_group([item for item in group if item[1].set_running_or_notify_cancel()])
            if last:
                return

    def _write_group(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        if not group:
            return
        try:
            answers = self._transact([work for work, _ in group])
        except BaseException as error:
            # When the database is away it is so for all: one after the other they would only wait longer.
            if len(group) == 1 or isinstance(error, Unavailable):
                for _, future in group:
                    future.set_exception(error)
                return
            for item in group:
                self._write_group([item])
            return
        for (_, future), answer in zip(group, answers, strict=True):
            future.set_result(answer)

    def _transact(self, works: list[Work[Any]]) -> list[Any]:
        with _told_plainly():
            for left in reversed(range(_TRIES)):
                try:
                    self._connection.execute("begin immediate")
                    answers = [work(self._connection) for work in works]
                    self._connection.execute("commit")
                    self.commits += 1
                    return answers
                except BaseException as error:
                    if self._connection.in_transaction:
                        with contextlib.suppress(sqlite3.Error):
                            self._connection.execute("rollback")
                    if not left or not _may_pass(error):
                        raise
                    time.sleep(_PAUSE_SECONDS)
        raise AssertionError("the last try returns or raises")


class _Readers:
    """A few threads with a connection each. In WAL mode they neither wait for the writer nor hold it up."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")

    def submit(self, work: Work[Answer]) -> "Future[Answer]":
        return self._threads.submit(self._read, work)

    def _read(self, work: Work[Answer]) -> Answer:
        with _told_plainly():
            connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
            if connection is None:
                connection = self._own.connection = self._connect()
                self._connections.append(connection)
            return work(connection)

    def close(self) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()


def _may_pass(error: BaseException) -> bool:
    """Whether trying again soon makes sense."""
    return isinstance(error, sqlite3.OperationalError) and _code(error) in _REASONS


def _code(error: sqlite3.Error) -> int:
    """The primary result code: the low byte of the extended one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _patiently(execute: Callable[[str], Any], sql: str) -> None:
    """Run a pragma that SQLite answers with BUSY, without waiting, while others open the same file."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            execute(sql)
            return
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    """SQLite's operational errors as our own, saying what is wrong with the file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = _REASONS.get(_code(error))
        if reason is None:
            raise
        raise Unavailable(f"The database {reason} ({error}).") from error


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Which file it is that has this name; None if there is none."""
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)
