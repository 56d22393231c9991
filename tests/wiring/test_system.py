"""Opening a system, and what can keep it from opening."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from foliot import Conflict, NotFound, Unavailable
from foliot.domain.identity import Role
from foliot.settings import Settings
from foliot.wiring import open_system
from foliot.wiring.system import OWNER


def _settings(place: Path, tenant: str = "default") -> Settings:
    return Settings(database_url=f"sqlite:///{place}", tenant=tenant)


async def test_the_folder_and_the_tenant_default_are_made_on_first_use(tmp_path: Path) -> None:
    system = await open_system(_settings(tmp_path / "a" / "b" / "foliot.db"))
    assert [tenant.name for tenant in await system.services.access.tenants(OWNER)] == ["default"]
    assert system.identity.role is Role.ADMIN
    await system.services.ready()
    await system.close()


async def test_opening_again_finds_what_was_there(tmp_path: Path) -> None:
    identities = []
    for _ in range(2):
        system = await open_system(_settings(tmp_path / "foliot.db"))
        identities.append(system.identity)
        await system.close()
    assert identities[0] == identities[1]


async def test_a_tenant_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="acme"):
        await open_system(_settings(tmp_path / "foliot.db", tenant="acme"))


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "foliot.db").write_text("This is a letter, and no database. " * 100)
    with pytest.raises(Unavailable, match="not a SQLite database"):
        await open_system(_settings(tmp_path / "foliot.db"))


async def test_a_path_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        await open_system(_settings(tmp_path / "file" / "foliot.db"))


async def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "foliot.db").mkdir()
    with pytest.raises(Unavailable):
        await open_system(_settings(tmp_path / "foliot.db"))


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    await (await open_system(_settings(tmp_path / "foliot.db"))).close()
    with closing(sqlite3.connect(tmp_path / "foliot.db")) as connection, connection:
        columns = [row[1] for row in connection.execute("pragma table_info(foliot_migrations)")]
        rest = ", ".join(column for column in columns if column != "version")
        connection.execute(f"insert into foliot_migrations (version, {rest}) select 999, {rest} from foliot_migrations")
    with pytest.raises(Conflict):
        await open_system(_settings(tmp_path / "foliot.db"))
