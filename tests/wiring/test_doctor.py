"""What the doctor finds, without changing anything."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from foliot.settings import Settings
from foliot.transports.cli.launcher import Check
from foliot.wiring import open_system
from foliot.wiring.doctor import checks
from servers.redis import Redis


def _look(place: Path) -> dict[str, Check]:
    return {check.name: check for check in checks(Settings(database_url=f"sqlite:///{place}/foliot.db"))}


async def _make(place: Path) -> None:
    await (await open_system(Settings(database_url=f"sqlite:///{place}/foliot.db"))).close()


def test_before_the_first_start_all_is_well_and_nothing_is_made(tmp_path: Path) -> None:
    found = _look(tmp_path / "not" / "yet")
    assert {check.status for check in found.values()} <= {"ok", "warning"}
    assert "the first start makes it" in found["database"].finding
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_memory_is_warned_of() -> None:
    found = {check.name: check for check in checks(Settings(database_url="sqlite://:memory:"))}
    assert found["database"].status == "warning"


async def test_a_database_in_use_is_well(tmp_path: Path) -> None:
    await _make(tmp_path)
    found = await asyncio.to_thread(_look, tmp_path)
    assert (found["database"].status, found["writing"].status) == ("ok", "ok")


async def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "foliot.db").write_text("This is a letter, and no database. " * 100)
    assert _look(tmp_path)["database"].status == "error"


async def test_a_damaged_database_is_an_error(tmp_path: Path) -> None:
    await _make(tmp_path)
    file = tmp_path / "foliot.db"
    data = bytearray(file.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    file.write_bytes(data)
    check = _look(tmp_path)["database"]
    assert (check.status, bool(check.advice)) == ("error", True)


async def test_a_locked_database_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.adapters.sqlite.database._BUSY_MILLISECONDS", 50)
    await _make(tmp_path)
    with closing(sqlite3.connect(tmp_path / "foliot.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        check = (await asyncio.to_thread(_look, tmp_path))["writing"]
    assert check.status == "error"
    assert "locked" in check.finding
    assert check.advice


async def test_a_key_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    await _make(tmp_path)
    (tmp_path / "key").write_text("fol_a_b\n")
    (tmp_path / "key").chmod(0o644)
    assert (await asyncio.to_thread(_look, tmp_path))["key file"].status == "warning"
    (tmp_path / "key").chmod(0o600)
    assert (await asyncio.to_thread(_look, tmp_path))["key file"].status == "ok"


def _told(database_url: str, redis_url: str | None = None) -> dict[str, Check]:
    return {check.name: check for check in checks(Settings(database_url=database_url, redis_url=redis_url))}


async def test_a_postgresql_in_use_is_well(database_url: str) -> None:
    await (await open_system(Settings(database_url=database_url))).close()
    found = await asyncio.to_thread(_told, database_url=database_url)
    assert {check.status for check in found.values()} == {"ok"}
    assert {"postgresql", "database", "writing"} <= found.keys()


async def test_a_postgresql_without_tables_is_warned_of(database_url: str) -> None:
    found = await asyncio.to_thread(_told, database_url=database_url)
    assert found["database"].status == "warning"
    assert "foliot migrate" in found["database"].advice


async def test_servers_that_are_away_are_told_of_without_their_passwords() -> None:
    found = await asyncio.to_thread(
        _told, database_url="postgresql://ada:s3cret@127.0.0.1:1/foliot", redis_url="redis://:s3cret@127.0.0.1:1/0"
    )
    assert (found["database"].status, found["redis"].status) == ("error", "warning")
    assert "s3cret" not in str(found)


async def test_a_redis_in_use_is_well(redis_server: Redis) -> None:
    found = await asyncio.to_thread(_told, database_url="sqlite://:memory:", redis_url=redis_server.url)
    assert found["redis"].status == "ok"
