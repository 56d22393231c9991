"""The command line over the real service and store, with a launcher that starts nothing."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Cause, Claimed, Failure, Note, Outcome
from foliot.domain.states import RunState
from foliot.ports import ClaimRequest
from foliot.service.admission import JobRequest
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.cli.app import run_cli
from foliot.transports.cli.launcher import Check, Opened
from foliot.transports.cli.render import Output
from foliot.wiring.launcher import ProcessLauncher
from foliot.wiring.stores import OpenStore, open_store
from foliot.wiring.surroundings import Surroundings

Deed = Callable[["Worker"], Awaitable[None]]


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of the type `greet`."""

    name: str = "world"


TYPES = [
    JobType(
        name="greet",
        description="Says hello.",
        arguments=Greeting,
        policy=Policy(retry=RetryPolicy(max_attempts=2, backoff="fixed", base_seconds=7)),
    ),
    JobType(name="report.build", policy=Policy(queue="slow", priority=Priority.LOW)),
]


class Worker:
    """Claims and ends runs by hand."""

    def __init__(self, store: OpenStore) -> None:
        self.store = store

    async def claim(self) -> list[Claimed]:
        """Lease all that is due, waiting for at least one."""
        while True:
            now = datetime.now(UTC)
            await self.store.promote(now, 1000)
            request = ClaimRequest(
                worker="worker-1",
                queues=["default", "slow"],
                limit=1000,
                now=now,
                lease_until=now + timedelta(seconds=15),
                handicaps=dict.fromkeys(Priority, (0.5, 1.0)),
            )
            if claimed := await self.store.claim(request):
                return claimed
            await asyncio.sleep(0.01)

    async def say(self, claimed: Claimed, message: str, fraction: float | None = None) -> None:
        """Leave a log line, or progress."""
        note = Note(claimed.run_id, claimed.tenant_id, claimed.lease, datetime.now(UTC), message, fraction)
        await self.store.note([note])

    async def end(self, claimed: Claimed, state: RunState, **more: Any) -> None:
        """End the attempt."""
        causes = {RunState.SUCCEEDED: Cause.RETURNED, RunState.CANCELLED: Cause.CANCELLED}
        outcome = Outcome(
            run_id=claimed.run_id,
            tenant_id=claimed.tenant_id,
            lease=claimed.lease,
            state=state,
            cause=causes.get(state, Cause.RAISED),
            at=datetime.now(UTC),
            **more,
        )
        assert not (await self.store.finish([outcome])).lost

    async def succeed(self) -> None:
        """Let all that is due succeed."""
        for claimed in await self.claim():
            await self.end(claimed, RunState.SUCCEEDED, result=b'{"hello":"world"}')

    async def fail(self) -> None:
        """Let all that is due fail for good."""
        error = Failure("raised", "boom\x1b[2J", "ValueError", "Traceback: line 1\nline 2")
        for claimed in await self.claim():
            await self.end(claimed, RunState.FAILED, error=error)


class StillLauncher(ProcessLauncher):
    """Opens the real service, and starts nothing. `meanwhile` is what a worker does while a command is under way."""

    def __init__(self) -> None:
        self.meanwhile: Deed | None = None
        self.ran: list[tuple[Settings, bool, bool, str | None]] = []
        self.connected: list[tuple[Settings, str | None]] = []
        self.migrated: list[int | None] = []
        self.run_code = 0
        self.failure: BaseException | None = None
        self.found = [Check("database", "ok", "sqlite 3.45"), Check("disk", "warning", "2% free", "Make room.")]

    @asynccontextmanager
    async def open(self, settings: Settings) -> AsyncIterator[Opened]:
        if self.failure is not None:
            raise self.failure
        async with super().open(settings) as opened, _store(settings) as store:
            assert isinstance(opened.services, Services)
            await opened.services.catalogue.register(TYPES)
            deed = asyncio.create_task(_deed(self.meanwhile, Worker(store)))
            try:
                yield opened
            finally:
                deed.cancel()
                await asyncio.wait([deed])

    def run(self, settings: Settings, *, api: bool, worker: bool, app: str | None) -> int:
        if self.failure is not None:
            raise self.failure
        self.ran.append((settings, api, worker, app))
        return self.run_code

    def mcp(self, settings: Settings, *, app: str | None) -> int:
        if self.failure is not None:
            raise self.failure
        self.connected.append((settings, app))
        return self.run_code

    def migrate(self, settings: Settings, *, to: int | None) -> list[str]:
        self.migrated.append(to)
        return [] if to == 1 else ["applied 0001 initial"]

    def migration_sql(self, settings: Settings) -> str:
        return "create table jobs (id text);\n"

    def checks(self, settings: Settings) -> list[Check]:
        return self.found


async def _deed(deed: Deed | None, worker: Worker) -> None:
    if deed is not None:
        await deed(worker)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[OpenStore]:
    store = open_store(settings)
    try:
        yield store
    finally:
        await store.close()


class Said(msgspec.Struct, frozen=True):
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What was written, which is one JSON document."""
        return msgspec.json.decode(self.out)

    @property
    def error(self) -> Any:
        """The error that was written, which is one JSON document."""
        return msgspec.json.decode(self.err)["error"]


class Shell:
    """Where commands are typed."""

    def __init__(self, launcher: StillLauncher, capsys: pytest.CaptureFixture[str]) -> None:
        self.launcher = launcher
        self._capsys = capsys

    def __call__(self, *argv: str, meanwhile: Deed | None = None) -> Said:
        """Run a command, with a worker that does its deed meanwhile."""
        self.launcher.meanwhile = meanwhile
        code = run_cli(self.launcher, argv)
        self.launcher.meanwhile = None
        written = self._capsys.readouterr()
        return Said(code, written.out, written.err)

    def at_terminal(self, *argv: str, meanwhile: Deed | None = None) -> Said:
        """Run a command as it is before a person's eyes, without the colours."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Output, "is_terminal", True)
            return self(*argv, meanwhile=meanwhile)

    def json(self, *argv: str, meanwhile: Deed | None = None) -> Any:
        """The document that a command answers with, which must succeed."""
        said = self(*argv, "--json", meanwhile=meanwhile)
        assert said.code == 0, said
        assert said.err == ""
        return said.document

    def submit(self, *more: str) -> str:
        """Submit a greeting; the run's id."""
        return str(self.json("job", "submit", "greet", *more)["run_id"])

    def submit_many(self, count: int, queue: str) -> None:
        """Submit so many greetings at once, which no command does."""
        self.work(lambda _: self._submit_many(count, queue))

    async def _submit_many(self, count: int, queue: str) -> None:
        wanted = JobRequest(type="greet", queue=queue)
        async with self.launcher.open(Settings.from_environment(os.environ)) as opened:
            await opened.services.jobs.submit_many(opened.identity, [wanted] * count)

    def work(self, deed: Deed) -> None:
        """Let a worker do its deed."""
        asyncio.run(self._work(deed))

    async def _work(self, deed: Deed) -> None:
        async with _store(Settings.from_environment(os.environ)) as store:
            await deed(Worker(store))

    def dead_letter(self, *more: str) -> str:
        """A run that failed for good; its id."""
        run_id = self.submit(*more)
        self.work(Worker.fail)
        return run_id


@pytest.fixture
def foliot(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in a clean environment, on a database of its own."""
    for name in [name for name in os.environ if name.startswith("FOLIOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FOLIOT_DATABASE_URL", f"sqlite:///{tmp_path}/foliot.db")
    monkeypatch.setattr("foliot.wiring.system.Surroundings", partial(Surroundings, look_again=0.01))
    return Shell(StillLauncher(), capsys)
