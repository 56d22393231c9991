"""A place with real processes on one database."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec

from chaos.processes import Process, start
from foliot import App, Handle, RunState
from foliot.domain.states import follow
from tests.engine.house import app_in, until

ROOT: Final = Path(__file__).parents[2]
LEASE_SECONDS: Final = 2.0


class Execution(msgspec.Struct, frozen=True):
    """What a handler noted."""

    number: int
    run_id: str
    attempt: int
    at: float
    pid: int


class Site:
    """A folder with a database, the processes that work on it, and what their handlers noted."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self._database_url = database_url or f"sqlite:///{folder}/foliot.db"
        self.processes: list[Process] = []
        self._logs = count()

    def app(self) -> App:
        """An application of the test's own process on the same database."""
        return app_in(self.folder, database_url=self._database_url, lease_seconds=LEASE_SECONDS)

    async def start(self, *command: str, **settings: object) -> Process:
        """Start `foliot …`; further arguments are settings."""
        wanted = {"database_url": self._database_url, "lease_seconds": LEASE_SECONDS} | settings
        log = self.folder / f"log-{next(self._logs)}"
        self.processes.append(await start(*command, settings=wanted, folder=self.folder, log=log))
        return self.processes[-1]

    async def work(self, **settings: object) -> Process:
        """Start a worker, and wait until it is ready."""
        process = await self.start("worker", "tests.crash.application:app", **settings)
        await process.until_logged("ready")
        return process

    async def clear(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            await process.kill()

    @property
    def executions(self) -> list[Execution]:
        """What the handlers noted so far, in order."""
        notes = self.folder / "executions"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [
            Execution(int(number), run_id, int(attempt), float(at), int(pid))
            for number, run_id, attempt, at, pid in (line.split() for line in lines)
        ]

    def hold(self) -> None:
        """From now on `work` lasts."""
        (self.folder / "hold").touch()

    def release(self) -> None:
        """From now on `work` ends."""
        (self.folder / "hold").unlink()

    def is_sound(self) -> bool:
        """What SQLite says of the file."""
        with closing(sqlite3.connect(self.folder / "foliot.db")) as connection:
            return [row[0] for row in connection.execute("pragma integrity_check")] == ["ok"]


async def counts(app: App) -> dict[RunState, int]:
    """How many runs there are that are not over, by state."""
    system = await app.system()
    return {depth.state: depth.count for depth in (await system.store.stats()).depths}


async def until_over(app: App, within: float) -> None:
    """Wait until all runs are over."""
    await until(lambda: counts(app), lambda seen: not seen, within)


async def check_stories(handles: Sequence[Handle[Any]]) -> None:
    """Every run's story is a legal walk that ends where the run is."""
    for handle in handles:
        run, events = await handle.run(), await handle.events()
        kinds = [event.type for event in events]
        assert follow(kinds) == {run.state}, (run, kinds)
        assert sum(kind.value == f"run.{run.state}" for kind in kinds) == 1, (run, kinds)
        assert [event.at for event in events] == sorted(event.at for event in events)
