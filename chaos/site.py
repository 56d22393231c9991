"""An installation in a folder: servers, an API and workers, all real processes on loopback."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from chaos.ledger import ledger_of
from chaos.processes import Process, ProcessError, start
from foliot import Settings
from servers.postgres import Postgres
from servers.redis import Redis
from servers.server import free_port

APPLICATION: Final = "chaos.app:app"
_STOP_SECONDS: Final = 30.0
_STARTS: Final = 10

Answer = TypeVar("Answer")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation is made of; `settings` are Foliot's, in every process."""

    store: str
    broker: str
    workers: int
    settings: Mapping[str, Any]
    postgres: Mapping[str, str]


class Site:
    """The running installation. All that runs in it ends with it, and with this process."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.postgres = Postgres(folder / "postgres", layout.postgres) if layout.store == "postgres" else None
        self.redis = Redis(folder / "redis") if layout.broker == "redis" else None
        self.workers: list[Process] = []
        self.gone: list[Process] = []
        self._servers = ThreadPoolExecutor(1, thread_name_prefix="servers")  # they die with the thread that starts them
        self._logs = count()
        self._database_url = f"sqlite:///{folder}/foliot.db"
        self._api_port = free_port()
        self._api: Process | None = None

    # -- what is where

    @property
    def settings(self) -> Settings:
        """Those of every process."""
        return Settings(**self._given).checked()

    @property
    def api(self) -> Process:
        """The process that serves the API."""
        if self._api is None:
            raise ProcessError("The API is not running.")
        return self._api

    @property
    def api_port(self) -> int:
        """Where it listens, always."""
        return self._api_port

    @property
    def api_key(self) -> str:
        """What opens it."""
        return (self.folder / (self.settings.key_file() or "")).read_text().strip()

    @property
    def processes(self) -> list[Process]:
        """All that run."""
        return [*self.workers, *([] if self._api is None else [self._api])]

    @property
    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = {"database_url": self._database_url, "port": self._api_port, "log_format": "json"}
        if self.redis is not None:
            given["redis_url"] = self.redis.url
        return given | dict(self.layout.settings)

    # -- starting and stopping

    async def __aenter__(self) -> Self:
        try:
            for server in (self.postgres, self.redis):
                if server is not None:
                    await self.on_servers(server.start)
            if self.postgres is not None:
                self._database_url = await self.on_servers(self.postgres.database)
            await ledger_of(self.settings).prepare()
            await self.start_api()
            await asyncio.gather(*(self.start_worker() for _ in range(self.layout.workers)))
        except BaseException:
            await self._clear()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._clear()

    async def _clear(self) -> None:
        for process in [*self.processes, *self.gone]:
            await process.kill()
        for server in (self.redis, self.postgres):
            if server is not None:
                await self.on_servers(server.stop)
        self._servers.shutdown()

    async def on_servers(self, deed: Callable[[], Answer]) -> Answer:
        """Do something to a server, in the one thread that may."""
        return await asyncio.get_running_loop().run_in_executor(self._servers, deed)

    async def start_api(self) -> None:
        """Start the API, at the same place each time, and wait until it is ready."""
        if self._api is not None:
            self.gone.append(self._api)
            self._api = None
        self._api = await self._start("api", APPLICATION)

    async def start_worker(self, **settings: object) -> Process:
        """Start one more worker, and wait until it is ready; further arguments are settings of its own."""
        worker = await self._start("worker", APPLICATION, **settings)
        self.workers.append(worker)
        return worker

    async def _start(self, *command: str, **settings: object) -> Process:
        """Start a process, and again if it cannot: whatever supervises a real one does that while a server is away."""
        given = self._given | {"CHAOS_FOLDER": self.folder} | settings
        for left in reversed(range(_STARTS)):
            log = self.folder / f"log-{next(self._logs)}-{command[0]}"
            process = await start(*command, settings=given, folder=self.folder, log=log)
            try:
                await process.until_logged("ready")
                return process
            except ProcessError:
                await process.kill()
                if not left:
                    raise
            except BaseException:
                await process.kill()
                raise
        raise AssertionError("the last try returns or raises")

    def give_up(self, worker: Process) -> None:
        """A worker is about to be killed: nobody else shall choose it."""
        self.workers.remove(worker)
        self.gone.append(worker)

    async def stop_processes(self) -> list[str]:
        """Stop all in order; what was wrong with how they ended."""
        wrong = [f"process {process.pid} has ended by itself" for process in self.processes if not process.is_running]
        running = [process for process in self.processes if process.is_running]
        for process in running:
            process.terminate()
        for process in running:
            with contextlib.suppress(TimeoutError):
                code = await process.ended(_STOP_SECONDS)
                if code:
                    wrong.append(f"process {process.pid} ended with code {code} when it was asked to stop")
                continue
            wrong.append(f"process {process.pid} did not stop when it was asked to")
        return wrong
