"""What the scenarios need of a store."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How a database stands, all counts since it was made; None where it does not say."""

    commits: int | None = None
    wal_bytes: int | None = None
    dead_tuples: int | None = None


class Bare(msgspec.Struct, frozen=True, kw_only=True):
    """What the same rows cost without Foliot."""

    per_s: float
    wal_bytes_per_job: float | None = None
    commits_per_job: float | None = None


class Database(Protocol):
    """A fresh database, dropped when its scenario is over."""

    @property
    def url(self) -> str:
        """As in FOLIOT_DATABASE_URL."""
        ...

    def look(self) -> Look:
        """How it stands."""
        ...

    def ended(self) -> int:
        """How many runs are stored as ended."""
        ...

    def size(self) -> int:
        """Its bytes."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """The bytes of its tables with their indexes, or of its files."""
        ...

    def partitions(self) -> int | None:
        """In how many pieces the history is."""
        ...

    def fill(self, runs: int) -> None:
        """Store so many ended runs with their jobs, spread over the last days, as if they had been executed."""
        ...


class QueryCount(Protocol):
    """Counts what a database is asked, by others than the benchmark."""

    @property
    def source(self) -> str:
        """Where the count comes from."""
        ...

    def begin(self) -> None:
        """Count from now on."""
        ...

    def queries(self) -> int | None:
        """How many since then; None where nothing counts them."""
        ...

    def top(self) -> list[str]:
        """The most frequent statements since then and their counts, where they are told apart."""
        ...


class Bed(Protocol):
    """A store, ready to be measured."""

    @property
    def name(self) -> str:
        """The database's own."""
        ...

    @property
    def store(self) -> str:
        """As rows name it."""
        ...

    @property
    def machine(self) -> str:
        """The machine, the versions, and the settings that matter for durability."""
        ...

    def fresh(self) -> AbstractContextManager[Database]:
        """A database of its own, without tables."""
        ...

    def bare(self, seconds: float, workers: int) -> Bare:
        """Measure the bare flow."""
        ...

    def counting(self) -> AbstractContextManager[tuple[Database, QueryCount]]:
        """A database that counts what it is asked."""
        ...
