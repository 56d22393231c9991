"""A house with two tenants on a store in memory, its gRPC server on a real port, and clients of every role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Cause, Claimed, Failure, Outcome
from foliot.domain.states import RunState
from foliot.ports import ClaimRequest, Topic
from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from foliot.wiring import System, open_system
from tests.grpc.client import Client

OWNER = Identity("system", "test", Role.OWNER)
LARGEST_REQUEST_BYTES = 1024 * 1024


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of the type `greet`."""

    name: str = "world"


class House:
    """Two tenants, `acme` and `globex`, and hands that do what a worker of another process would."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.store = system.store
        self.clock = system.clock
        self.services = system.services
        self.keys: dict[tuple[str, str], str] = {}
        self.target = ""
        self.server: GrpcServer

    async def open(self) -> None:
        once = Policy(retry=RetryPolicy(max_attempts=1))
        await self.services.catalogue.register(
            [
                JobType(name="greet", description="Greets.", arguments=Greeting, schema={"type": "object"}),
                JobType(name="fragile", policy=once),
                JobType(name="any"),
            ]
        )
        for name in ("acme", "globex"):
            tenant = await self.services.access.create_tenant(OWNER, name)
            for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN):
                admin = Identity(tenant.id, "founder", Role.ADMIN)
                _, self.keys[name, role.value] = await self.services.access.create_key(admin, f"{name}-{role}", role)

    @asynccontextmanager
    async def serving(self, settings: Settings | None = None, **changed: Any) -> AsyncIterator[str]:
        """A server of these services, some of them changed; where it listens."""
        settings = settings or Settings(largest_request_bytes=LARGEST_REQUEST_BYTES)
        server = self.server = GrpcServer(msgspec.structs.replace(self.services, **changed), settings)
        port = await server.start(0)
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop(0)

    def client(self, role: str = "operator", tenant: str = "acme", target: str | None = None) -> Client:
        """A client with the key of that role and tenant."""
        return Client(target or self.target, self.keys[tenant, role])

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker of another process is at work: whatever starts, succeeds."""

        async def work() -> None:
            while True:
                await self.succeed(*await self.begin(), result="done")
                await asyncio.sleep(0.02)

        at_work = asyncio.create_task(work())
        try:
            yield
        finally:
            at_work.cancel()

    async def begin(self) -> list[Claimed]:
        """Start every run that is queued, as a worker."""
        now = self.clock.now()
        claimed = await self.store.claim(
            ClaimRequest(
                worker="hands",
                queues=["default"],
                limit=2_000,
                now=now,
                lease_until=now + timedelta(seconds=15),
                handicaps=dict.fromkeys(Priority, (0.0, 1.0)),
            )
        )
        self._changed(claimed)
        return claimed

    async def succeed(self, *runs: Claimed, result: object = None) -> None:
        """End started runs with a result."""
        await self._end(runs, RunState.SUCCEEDED, Cause.RETURNED, result=msgspec.json.encode(result))

    async def fail(self, *runs: Claimed, message: str = "It broke.") -> None:
        """End started runs for good."""
        await self._end(runs, RunState.FAILED, Cause.RAISED, error=Failure("handler_error", message, "ValueError"))

    async def retry_later(self, *runs: Claimed) -> None:
        """End attempts with others to come in an hour."""
        failure = Failure("handler_error", "Not yet.", "ValueError")
        due_at = self.clock.now() + timedelta(hours=1)
        await self._end(runs, RunState.RETRYING, Cause.RAISED, error=failure, due_at=due_at)

    async def _end(self, runs: tuple[Claimed, ...], state: RunState, cause: Cause, **members: Any) -> None:
        if not runs:
            return
        now = self.clock.now()
        outcomes = [
            Outcome(run_id=r.run_id, tenant_id=r.tenant_id, lease=r.lease, state=state, cause=cause, at=now, **members)
            for r in runs
        ]
        assert not (await self.store.finish(outcomes)).lost
        self._changed(runs)

    def _changed(self, runs: list[Claimed] | tuple[Claimed, ...]) -> None:
        self.system._wakeup.notify(Topic.CHANGED, [run.run_id for run in runs])

    async def dead_letter(self, tenant: str = "acme") -> str:
        """The id of a run that failed for good."""
        async with self.client(tenant=tenant) as client:
            receipt = await client.call("SubmitJob", {"job": {"type": "fragile"}})
        [run] = [claimed for claimed in await self.begin() if claimed.run_id == receipt.run_id]
        await self.fail(run)
        return run.run_id


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A house whose server listens."""
    system = await open_system(Settings(database_url="sqlite://:memory:"))
    house = House(system)
    await house.open()
    async with house.serving() as target:
        house.target = target
        yield house
    await system.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """An operator of the tenant `acme`."""
    async with house.client() as client:
        yield client
