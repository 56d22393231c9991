"""What the store does when its file cannot be used: it says so, stores nothing, and works again when it can."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from foliot.adapters.sqlite import SqliteStore, database
from foliot.domain.errors import Unavailable
from foliot.domain.states import RunState
from foliot.ports import JobFilter, RunFilter
from tests.contract.builders import ACME, NOW, started, submission, submitted, succeeded

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("locked", flush=True)
sys.stdin.readline()
"""
NOBODY = 65534


async def _opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    await store.migrate(NOW)
    return store


async def _counts(store: SqliteStore) -> tuple[int, int]:
    jobs = await store.jobs(ACME, JobFilter(), None, 10_000)
    return len(jobs), len(await store.runs(ACME, RunFilter(), None, 10_000))


@contextmanager
def _locked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """The file, locked by another process until it is killed or told to end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield holder
        holder.kill()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for briefly."""
    monkeypatch.setattr(database, "_BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(database, "_PAUSE_SECONDS", 0.01)


# -- locked


async def test_a_write_waits_while_another_process_has_the_lock(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    with _locked(tmp_path / "foliot.db") as holder:
        writing = asyncio.ensure_future(store.submit([submission()]))
        done, _ = await asyncio.wait([writing], timeout=0.1)
        assert not done
        holder.communicate("let go\n")
        [answer] = await writing
    assert answer.created
    await store.close()


@pytest.mark.usefixtures("impatient")
async def test_a_file_that_stays_locked_is_unavailable_until_it_is_free(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    with _locked(tmp_path / "foliot.db"):
        with pytest.raises(Unavailable, match="locked by another process"):
            await store.submit([submission()])
        with pytest.raises(Unavailable):
            await store.ping()
    assert await _counts(store) == (0, 0)
    await store.submit([submission()])
    await store.ping()
    assert await _counts(store) == (1, 1)
    await store.close()


@pytest.mark.usefixtures("impatient")
async def test_reads_go_on_while_the_file_is_locked(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    made = await submitted(store)
    with _locked(tmp_path / "foliot.db"):
        assert await store.run(ACME, made.id) == made
    await store.close()


@pytest.mark.usefixtures("impatient")
async def test_many_that_wait_for_a_lock_are_told_together(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    with _locked(tmp_path / "foliot.db"):
        begun = time.monotonic()
        answers = await asyncio.gather(*(store.submit([submission()]) for _ in range(60)), return_exceptions=True)
        took = time.monotonic() - begun
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert took < 5, f"60 callers waited {took:.1f} s, one after the other"
    await store.close()


@pytest.mark.usefixtures("impatient")
async def test_a_store_cannot_migrate_while_the_file_is_locked(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    with _locked(tmp_path / "foliot.db"):
        other = SqliteStore(tmp_path / "foliot.db")
        with pytest.raises(Unavailable):
            await other.migrate(NOW)
        await other.close()
    await store.close()


# -- full


async def _limit(store: SqliteStore, pages: int) -> None:
    await store._database.write(lambda connection: connection.execute(f"pragma max_page_count = {pages}").fetchone())


async def test_a_full_disk_stores_nothing_by_halves_and_works_again_with_room(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    await _limit(store, 150)
    stored, refused = 0, ""
    while not refused:
        try:
            stored += len(await store.submit([submission(payload=b'"' + b"x" * 9_000 + b'"') for _ in range(3)]))
        except Unavailable as error:
            refused = error.message
    assert "is full; free some disk space" in refused
    assert stored
    assert await _counts(store) == (stored, stored)
    await _limit(store, 10_000)
    assert len(await store.submit([submission(payload=b'"' + b"x" * 9_000 + b'"') for _ in range(3)])) == 3
    assert await _counts(store) == (stored + 3, stored + 3)
    await store.close()


async def test_work_in_hand_can_be_finished_once_there_is_room(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    claimed = await started(store)
    await _limit(store, 1)  # SQLite takes this as: no larger than now
    result = b'"' + b"x" * 500_000 + b'"'
    with pytest.raises(Unavailable):
        await store.finish([succeeded(claimed, result=result)])
    run = await store.run(ACME, claimed.run_id)
    assert run is not None
    assert run.state is RunState.RUNNING
    await _limit(store, 10_000)
    assert (await store.finish([succeeded(claimed, result=result)])).lost == frozenset()
    await store.close()


# -- read-only, missing, or no database at all


@contextmanager
def _as_nobody() -> Iterator[None]:
    """As a user whom file permissions hold back; root is let through everywhere."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


async def test_a_read_only_file_is_unavailable(impatient: None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "foliot.db"
        await (await _opened(path)).close()
        path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        folder.chmod(0o555)
        with _as_nobody(), pytest.raises(Unavailable, match=r"The database (is read-only|cannot be opened).*check"):
            await _write_to(path)
        folder.chmod(0o755)


async def _write_to(path: Path) -> None:
    store = SqliteStore(path)
    try:
        await store.migrate(NOW)
    finally:
        await store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "foliot.db"
    path.write_text("these are my notes\n" * 500)
    with pytest.raises(Unavailable, match="is not a SQLite database; check FOLIOT_DATABASE_URL"):
        SqliteStore(path)
    assert path.read_text() == "these are my notes\n" * 500


def test_a_missing_folder_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened; check that its folder exists"):
        SqliteStore(tmp_path / "nowhere" / "foliot.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        SqliteStore(tmp_path)


async def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "foliot.db"
    store = await _opened(path)
    await store.submit([submission() for _ in range(500)])
    await store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(Unavailable, match="is damaged; restore a backup"):
        await _write_to(path)


# -- units that share a transaction


async def test_a_failing_unit_in_a_shared_transaction_does_not_hurt_the_others(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    gate, tries = threading.Event(), []

    def fail(connection: sqlite3.Connection) -> None:
        tries.append(connection.total_changes)
        connection.execute("delete from jobs")
        raise ZeroDivisionError

    first = store._database.write_soon(lambda connection: gate.wait(10))
    sharing = [asyncio.ensure_future(store.submit([submission()])) for _ in range(3)]
    await asyncio.sleep(0)
    failing = store._database.write_soon(fail)
    more = asyncio.ensure_future(store.submit([submission()]))
    await asyncio.sleep(0)
    gate.set()
    assert first.result(10)
    assert all(answer.created for [answer] in await asyncio.gather(*sharing, more))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(failing)
    assert len(tries) == 2, "the failing unit was tried with the others, then alone"
    assert await _counts(store) == (4, 4)
    await store.close()


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_file_that_was_removed_is_noticed(tmp_path: Path, is_replaced: bool) -> None:
    path = tmp_path / "foliot.db"
    store = await _opened(path)
    await store.ping()
    path.rename(tmp_path / "elsewhere.db")
    if is_replaced:
        path.touch()
    with pytest.raises(Unavailable, match="removed or replaced"):
        await store.ping()
    path.unlink(missing_ok=True)
    (tmp_path / "elsewhere.db").rename(path)
    await store.ping()
    await store.close()


async def test_a_unit_given_up_before_it_began_is_not_run(tmp_path: Path) -> None:
    store = await _opened(tmp_path / "foliot.db")
    gate = threading.Event()
    store._database.write_soon(lambda connection: gate.wait(10))
    leaving = asyncio.ensure_future(store.submit([submission()]))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    gate.set()
    await store.ping()
    assert await _counts(store) == (0, 0)
    await store.close()
