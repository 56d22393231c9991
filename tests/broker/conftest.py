"""One fixture runs every contract test on every broker, and looks that nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.broker.brokers import KINDS, House, Kind, Place, Process
from tests.broker.look import Look
from tests.databases import Databases
from tests.engine.house import until


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Place]]:
    """Makes places; servers start when they are first asked for."""
    with ExitStack() as leaving:

        def make(folder: Path) -> Place:
            @cache
            def database() -> str:
                databases: Databases = request.getfixturevalue("databases")
                url = databases.take()
                leaving.callback(databases.give_back, url)
                return url

            @cache
            def broker() -> Any:
                server: Any = request.getfixturevalue("redis_server")
                server.flush()
                return server

            return Place(folder, database, broker)

        yield make


@pytest.fixture
def place(tmp_path: Path, places: Callable[[Path], Place]) -> Place:
    """An empty place."""
    return places(tmp_path)


@pytest.fixture(params=KINDS, ids=str)
async def house(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[House]:
    """A house without processes yet; at the end all of them are gone without a trace."""
    async with house_of(request.param, place) as house:
        yield house


@asynccontextmanager
async def house_of(kind: Kind, place: Place) -> AsyncIterator[House]:
    before = asyncio.all_tasks()
    house = House(kind, place)
    yield house
    await house.close()
    await until(lambda: _tasks_since(before), lambda tasks: not tasks)
    if kind.forgets:
        assert connections(place.redis().url) == []


@pytest.fixture
async def process(house: House) -> Process:
    """A process."""
    return await house.process()


@pytest.fixture
async def other(house: House) -> Process:
    """Another process on the same place."""
    return await house.process()


@pytest.fixture
async def redis_house(place: Place) -> AsyncIterator[House]:
    """A house with Redis, for what is true of Redis alone."""
    async with house_of(Kind("sqlite", "redis"), place) as house:
        yield house


@pytest.fixture
def look(place: Place) -> Iterator[Look]:
    """A look into Redis."""
    with redis.Redis.from_url(place.redis().url) as client:
        yield Look(client)


async def _tasks_since(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}


def connections(url: str) -> list[str]:
    """The addresses of our clients of Redis."""
    with redis.Redis.from_url(url) as client:
        return [each["addr"] for each in client.client_list() if each["name"] == "foliot"]
