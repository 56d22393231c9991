"""What can be wrong with an installation, looked at without changing it."""

import asyncio
import platform
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from foliot.adapters.sqlite.database import OLDEST_SQLITE
from foliot.domain.errors import FoliotError
from foliot.settings import Settings
from foliot.transports.cli.launcher import Check
from foliot.wiring.stores import migrations, open_store

_LITTLE_DISK_BYTES: Final = 1 << 30
_OLDEST_POSTGRES: Final = 130000
_OLDEST_REDIS: Final = (6, 2)
_FAR_CLOCK_SECONDS: Final = 1.0
_FIRST_CREDIBLE_SECOND: Final = 1_767_225_600
"""2026-01-01: before that there was no Foliot."""


def checks(settings: Settings) -> list[Check]:
    """What is well and what is not, most basic first."""
    return list(_checks(settings))


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("python", "ok", platform.python_version())
    yield _clock()
    if settings.redis_url is not None:
        yield _redis(settings)
    if settings.is_postgres:
        yield from _postgres(settings)
        yield from _key_file(settings.key_file())
        return
    yield _sqlite_version()
    path = settings.sqlite_path()
    if path is None:
        yield Check(
            "database", "warning", "in memory: nothing outlives the process",
            "Set FOLIOT_DATABASE_URL=sqlite:///path/to/file.db to keep jobs.",
        )  # fmt: skip
        return
    yield _disk(path)
    yield from _database(settings, path)
    yield from _key_file(settings.key_file())


def _sqlite_version() -> Check:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        return Check("sqlite", "error", sqlite3.sqlite_version, f"Use a Python with SQLite {wanted} or newer.")
    return Check("sqlite", "ok", sqlite3.sqlite_version)


def _clock() -> Check:
    now = time.time()
    told = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < _FIRST_CREDIBLE_SECOND:
        return Check("clock", "error", told, "The clock is wrong; set it, and keep it right with NTP.")
    return Check("clock", "ok", told)


def _disk(path: Path) -> Check:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    told = f"{free / 1e9:,.1f} GB free at {folder}"
    if free < _LITTLE_DISK_BYTES:
        return Check("disk", "warning", told, "Free some space, or lower FOLIOT_RETENTION_DAYS.")
    return Check("disk", "ok", told)


def _database(settings: Settings, path: Path) -> Iterator[Check]:
    if not path.exists():
        yield Check("database", "ok", f"{path} is not there yet; the first start makes it")
        return
    try:
        version, problem = _look_into(path)
    except sqlite3.Error as error:
        yield Check("database", "error", f"{path}: {error}", "Check the path and its permissions, or restore a backup.")
        return
    if problem != "ok":
        yield Check("database", "error", f"{path} is damaged: {problem}", "Stop all processes and restore a backup.")
        return
    yield from _schema(settings, str(path), version, path.stat().st_size)


def _redis(settings: Settings) -> Check:
    from redis import Redis, RedisError

    place = str(settings.redis_told)
    try:
        with Redis.from_url(str(settings.redis_url), socket_timeout=5, socket_connect_timeout=5) as redis:
            version = str(redis.info("server")["redis_version"])
    except (RedisError, ValueError, OSError) as error:
        advice = "Check FOLIOT_REDIS_URL, and that the server runs; without it the store hands out runs."
        return Check("redis", "warning", f"{place}: {error}", advice)
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST_REDIS:
        return Check("redis", "error", version, "Use Redis 6.2 or newer, or Valkey.")
    return Check("redis", "ok", f"{place}, version {version}")


def _postgres(settings: Settings) -> Iterator[Check]:
    from foliot.adapters.postgres.inspection import look_into

    place = settings.database_told
    try:
        found = asyncio.run(look_into(settings.database_url))
    except Exception as error:  # whatever it is, it is a finding
        told = str(error) or type(error).__name__
        yield Check("database", "error", f"{place}: {told}", "Check FOLIOT_DATABASE_URL, and that the server runs.")
        return
    if found.server_number < _OLDEST_POSTGRES:
        advice = f"Use PostgreSQL {_OLDEST_POSTGRES // 10000} or newer."
        yield Check("postgresql", "error", found.server, advice)
    else:
        yield Check("postgresql", "ok", f"{found.server}, at most {found.most_connections} connections")
    if abs(found.clock_ahead) > _FAR_CLOCK_SECONDS:
        told = f"{abs(found.clock_ahead):.1f} s {'ahead of' if found.clock_ahead > 0 else 'behind'} the server's"
        yield Check("clocks", "warning", f"this machine's clock is {told}", "Keep all clocks right with NTP.")
    if found.synchronous_commit == "off":
        yield Check(
            "durability", "warning", "synchronous_commit is off: a crash of the server may lose jobs",
            "Set synchronous_commit=on for this database.",
        )  # fmt: skip
    yield from _schema(settings, place, found.version, found.size_bytes)


def _schema(settings: Settings, place: str, version: int, size_bytes: int) -> Iterator[Check]:
    newest = migrations(settings)[-1].version
    if version > newest:
        advice = f"This program knows version {newest}; upgrade Foliot."
        yield Check("database", "error", f"{place} is at version {version}", advice)
    elif version < newest:
        advice = "Run `foliot migrate`; the next start does it too."
        yield Check("database", "warning", f"{place} is at version {version} of {newest}", advice)
    else:
        yield Check("database", "ok", f"{place}, version {version}, {size_bytes / 1e6:,.1f} MB")
        yield _writing(settings)


def _look_into(path: Path) -> tuple[int, str]:
    """The schema's version, and what SQLite finds wrong with the file (`ok`: nothing)."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        problem = str(connection.execute("pragma quick_check(1)").fetchone()[0])
        try:
            version = connection.execute("select max(version) from foliot_migrations").fetchone()[0]
        except sqlite3.OperationalError:
            version = None
        return version or 0, problem


def _writing(settings: Settings) -> Check:
    async def ping() -> None:
        store = open_store(settings)
        try:
            await store.ping()
        finally:
            await store.close()

    try:
        asyncio.run(ping())
    except FoliotError as error:
        return Check("writing", "error", error.message, "See that no process holds the file locked, and run again.")
    return Check("writing", "ok", "the database takes writes")


def _key_file(path: Path | None) -> Iterator[Check]:
    if path is not None and path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Check("key file", "warning", f"{path} can be read by others ({mode:o})", f"chmod 600 {path}")
        else:
            yield Check("key file", "ok", f"{path}")
