"""What all tests share: how hard Hypothesis tries, and servers, which start when the first test asks for them."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from servers.pgbouncer import PgBouncer
    from servers.postgres import Postgres
    from servers.redis import Redis
    from tests.databases import Databases

# The processes that tests start are to find our modules compiled, which halves the time that they take to start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("ci", max_examples=50, deadline=None, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def postgres() -> Iterator["Postgres"]:
    """A PostgreSQL that all tests share and none stops: it would lose data, since it does not sync."""
    from servers.account import memory, scratch
    from servers.postgres import Postgres

    with scratch(memory()) as folder, Postgres(folder, {"fsync": "off", "max_wal_size": "256MB"}) as server:
        yield server


@pytest.fixture
def database_url(postgres: "Postgres") -> Iterator[str]:
    """An empty database on the shared PostgreSQL."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def databases(postgres: "Postgres") -> Iterator["Databases"]:
    """Databases on the shared PostgreSQL that have our tables and nothing in them."""
    from tests.databases import Databases

    with closing(Databases(postgres)) as databases:
        yield databases


@pytest.fixture(scope="session")
def pgbouncer(postgres: "Postgres") -> Iterator["PgBouncer"]:
    """A PgBouncer before the shared PostgreSQL."""
    from servers.account import scratch
    from servers.pgbouncer import PgBouncer

    with scratch() as folder, PgBouncer(folder, postgres) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator["Redis"]:
    """A Redis that all tests share; `flush` empties it."""
    from servers.account import scratch
    from servers.redis import Redis

    with scratch() as folder, Redis(folder) as server:
        yield server
