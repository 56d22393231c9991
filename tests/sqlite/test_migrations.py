"""Migrations: applied once, forward and back, by the runner or by a team's own tools."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from foliot.adapters.migrations import Migration
from foliot.adapters.sqlite import SqliteStore, migrations
from foliot.domain.errors import Conflict, InvalidRequest
from tests.contract.builders import NOW, submitted

START = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from foliot.adapters.sqlite import SqliteStore

async def start():
    store = SqliteStore(Path(sys.argv[1]))
    done = await store.migrate(datetime.now(UTC))
    await store.ping()
    await store.close()
    print(len(done))

asyncio.run(start())
"""
NEWEST = migrations.migrations()[-1].version


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def _schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    wanted = "select name, sql from sqlite_schema where name not like 'sqlite_%' order by name"
    return [(name, sql.strip()) for name, sql in connection.execute(wanted)]


def _ledger(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    return connection.execute("select version, name, checksum from foliot_migrations order by version").fetchall()


def test_migrating_twice_does_nothing_the_second_time(connection: sqlite3.Connection) -> None:
    first = migrations.migrate(connection, NOW)
    schema = _schema(connection)
    assert first == [f"applied {step.version:04} {step.name}" for step in migrations.migrations()]
    assert migrations.migrate(connection, NOW) == []
    assert _schema(connection) == schema


def test_migrations_are_numbered_without_gaps() -> None:
    assert [step.version for step in migrations.migrations()] == list(range(1, NEWEST + 1))
    assert all(step.back.strip() for step in migrations.migrations())


async def test_of_ten_processes_that_start_at_once_one_migrates(tmp_path: Path) -> None:
    path = tmp_path / "foliot.db"
    starting = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", START, str(path), stdout=asyncio.subprocess.PIPE)
        for _ in range(10)
    ]
    answers = await asyncio.gather(*(process.communicate() for process in starting))
    assert [process.returncode for process in starting] == [0] * 10
    assert sorted(int(out) for out, _ in answers) == [0] * 9 + [NEWEST]


def test_back_to_nothing_and_forward_again_leaves_the_same_schema(connection: sqlite3.Connection) -> None:
    migrations.migrate(connection, NOW)
    schema = _schema(connection)
    undone = migrations.migrate(connection, NOW, to=0)
    assert undone == [f"undid {step.version:04} {step.name}" for step in reversed(migrations.migrations())]
    assert [name for name, _ in _schema(connection)] == ["foliot_migrations"]
    assert _ledger(connection) == []
    migrations.migrate(connection, NOW)
    assert _schema(connection) == schema


def test_each_version_can_be_undone_and_applied_by_itself(connection: sqlite3.Connection) -> None:
    schemas = []
    for step in migrations.migrations():
        migrations.migrate(connection, NOW, to=step.version)
        schemas.append(_schema(connection))
    for step in reversed(migrations.migrations()[:-1]):
        migrations.migrate(connection, NOW, to=step.version)
        assert _schema(connection) == schemas[step.version - 1]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(connection: sqlite3.Connection) -> None:
    migrations.migrate(connection, NOW)
    connection.execute("update foliot_migrations set checksum = 'other' where version = 1")
    with pytest.raises(Conflict, match="Migration 1 was changed after it was applied"):
        migrations.migrate(connection, NOW)
    with pytest.raises(Conflict):
        migrations.migrate(connection, NOW, to=0)


def test_a_database_of_a_newer_version_is_refused(connection: sqlite3.Connection) -> None:
    migrations.migrate(connection, NOW)
    connection.execute("insert into foliot_migrations values (?, 'future', 'x', 0)", (NEWEST + 1,))
    schema = _schema(connection)
    with pytest.raises(Conflict, match=f"version {NEWEST + 1}, this program knows {NEWEST}; upgrade"):
        migrations.migrate(connection, NOW)
    assert _schema(connection) == schema


@pytest.mark.parametrize("version", [-1, NEWEST + 1])
def test_an_unknown_version_is_refused(connection: sqlite3.Connection, version: int) -> None:
    with pytest.raises(InvalidRequest, match="There is no migration"):
        migrations.migrate(connection, NOW, to=version)


def test_the_script_makes_the_same_schema_and_the_runner_accepts_it(connection: sqlite3.Connection) -> None:
    connection.executescript(migrations.script())
    other = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(other, NOW)
    assert _schema(connection) == _schema(other)
    assert _ledger(connection) == _ledger(other)
    assert migrations.migrate(connection, NOW) == []
    other.close()


async def test_a_failing_migration_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "foliot.db")
    await store.migrate(NOW)
    made = await submitted(store)
    broken = Migration(NEWEST + 1, "broken", "create table half (a);\nselect no_such_column\n", "")
    known = (*migrations.migrations(), broken)
    monkeypatch.setattr(migrations, "migrations", lambda: known)
    with pytest.raises(sqlite3.OperationalError, match="no_such_column"):
        await store.migrate(NOW)
    assert await store.run(made.tenant_id, made.id) == made
    await store.close()
    connection = sqlite3.connect(tmp_path / "foliot.db")
    assert "half" not in {name for name, _ in _schema(connection)}
    assert [version for version, _, _ in _ledger(connection)] == list(range(1, NEWEST + 1))
    connection.close()


async def test_going_back_and_forth_empties_the_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "foliot.db")
    await store.migrate(NOW)
    made = await submitted(store)
    await store.migrate(NOW, to=0)
    await store.migrate(NOW)
    assert await store.run(made.tenant_id, made.id) is None
    await store.close()


def test_the_checksum_is_that_of_the_forward_script() -> None:
    step = migrations.migrations()[0]
    assert msgspec.structs.replace(step, back="").checksum == step.checksum
    assert msgspec.structs.replace(step, forward=step.forward + " ").checksum != step.checksum
