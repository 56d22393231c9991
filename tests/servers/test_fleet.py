"""`./dev up --fleet`, with stand-ins for Foliot's processes."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import redis.asyncio

from servers.account import scratch
from tests.engine.house import until_gone, until_there

_ROOT = Path(__file__).parents[2]
_STAND_IN = str(Path(__file__).with_name("stand_in.py"))
_RUN = """
import json, pathlib, sys
from servers.fleet import run
sys.exit(run(json.loads(sys.argv[1]), pathlib.Path("data")))
"""

Start = Callable[..., Coroutine[Any, Any, Process]]


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a fleet works, and its stand-ins leave notes."""
    with scratch() as folder:
        yield folder


@pytest.fixture
async def start(place: Path) -> AsyncIterator[Start]:
    """Start a fleet of stand-ins by their names; each waits, or ends with the exit code that it is given."""
    started = []

    async def start(**ends: str) -> Process:
        commands = {name: [sys.executable, _STAND_IN, name, end] for name, end in ends.items()}
        environment = os.environ | {"PYTHONPATH": str(_ROOT)}
        command = [sys.executable, "-c", _RUN, msgspec.json.encode(commands).decode()]
        started.append(await asyncio.create_subprocess_exec(*command, cwd=place, env=environment, stdout=PIPE))
        return started[-1]

    yield start
    for fleet in started:
        if fleet.returncode is None:
            fleet.kill()
            await fleet.wait()


async def test_its_processes_are_told_where_the_servers_are(start: Start, place: Path) -> None:
    fleet = await start(api="")
    pid, database_url, redis_url = (await until_there(place / "api")).split()
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select current_database()") == "foliot"
    await connection.close()
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.ping()
    fleet.terminate()
    said = (await fleet.communicate())[0].decode()
    assert said == f"FOLIOT_DATABASE_URL={database_url}\nFOLIOT_REDIS_URL={redis_url}\napi: process {pid}\n"


async def test_ctrl_c_is_passed_on_and_ends_everything(start: Start, place: Path) -> None:
    fleet = await start(api="", worker="")
    for name in ("api", "worker"):
        await until_there(place / name)
    postgres = _postgres_pid(place)
    fleet.send_signal(signal.SIGINT)
    assert await fleet.wait() == 0
    for name in ("api", "worker"):
        assert (place / name).read_text() == "interrupted\n"
    await until_gone(postgres)


async def test_one_that_ends_by_itself_ends_the_others(start: Start, place: Path) -> None:
    fleet = await start(api="", worker="0")
    said = (await fleet.communicate())[0].decode()
    assert "worker ended by itself, with exit code 0; stopping the others\n" in said
    assert fleet.returncode == 1


async def test_nothing_outlives_one_that_is_killed(start: Start, place: Path) -> None:
    fleet = await start(api="")
    api = int((await until_there(place / "api")).split()[0])
    postgres = _postgres_pid(place)
    fleet.kill()
    for pid in (api, postgres):
        await until_gone(pid)


async def test_its_data_stays_and_is_not_to_be_committed(start: Start, place: Path) -> None:
    for _ in range(2):
        fleet = await start(worker="0")
        await fleet.communicate()
        url = (await until_there(place / "worker")).split()[1]
        assert url.endswith("/foliot")
    assert (place / "data" / ".gitignore").read_text() == "*\n"


def _postgres_pid(place: Path) -> int:
    return int((place / "data" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
