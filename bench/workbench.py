"""What every scenario is given: the options, the store, and a place for what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import foliot
from bench.application import settings_of
from bench.beds.bed import Bed, Database
from bench.fleet import Fleet
from bench.options import Options
from bench.progress import Progress
from bench.result import Result
from servers.redis import Redis


class Workbench:
    """`folder` is for logs and keys; `redis` is the broker, if it is one."""

    def __init__(self, options: Options, bed: Bed, redis: Redis | None, folder: Path, progress: Progress) -> None:
        self.options = options
        self.bed = bed
        self.folder = folder
        self.progress = progress
        self.verdicts: list[str] = []
        """What is to be said under the table."""
        self._redis = redis
        self._numbers = count(1)

    @property
    def title(self) -> str:
        """Where and with what it is measured."""
        workers = self.options.workers
        many = f"{workers} worker process{'es' * (workers > 1)} and one that submits"
        processes = "one process submits and works" if self.options.is_together else many
        broker = "" if self._redis is None else ", Redis as broker"
        return f"{self.bed.machine}{broker}; {processes}, unless a row says otherwise"

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """An empty database; the broker knows of nothing either."""
        if self._redis is not None:
            self._redis.flush()
        with self.bed.fresh() as database:
            yield database

    @contextmanager
    def fleet(self) -> Iterator[Fleet]:
        """Processes; what they log is told when they have stopped."""
        with Fleet(self.folder / f"fleet-{next(self._numbers)}.log") as fleet:
            yield fleet
        self.progress.warned(fleet.warnings)

    def settings(self, database: Database, **more: Any) -> foliot.Settings:
        """How processes that are measured run."""
        broker = {} if self._redis is None else {"redis_url": self._redis.url}
        return settings_of(database.url, **({"sqlite_synchronous": self.options.synchronous} | broker | more))

    def row(self, scenario: str, **figures: Any) -> Result:
        """A result."""
        return Result(
            **({"workers": self.options.workers} | figures), scenario=scenario, store=self.bed.store,
            broker=self.options.broker, machine=self.bed.machine,
        )  # fmt: skip
