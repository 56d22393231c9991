"""A house with two tenants on a store in memory, its HTTP application, and clients of every role."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx2
import msgspec
import pytest

from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Cause, Claimed, Failure, Outcome
from foliot.domain.states import RunState
from foliot.ports import ClaimRequest
from foliot.settings import Settings
from foliot.transports.http import Api, build_app
from foliot.wiring import System, open_system

OWNER = Identity("system", "test", Role.OWNER)
LARGEST_REQUEST_BYTES = 1024 * 1024


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of the type `greet`."""

    name: str = "world"


class House:
    """Two tenants, `acme` and `globex`, and hands that do what a worker of another process would."""

    def __init__(self, system: System) -> None:
        self.store = system.store
        self.clock = system.clock
        self.services = system.services
        self.identity = system.identity
        self.keys: dict[tuple[str, str], str] = {}

    @cached_property
    def app(self) -> Api:
        """The application, for those who ask for it."""
        return self.build()

    def build(self, **changed: Any) -> Api:
        """The application, on services with these members changed."""
        services = msgspec.structs.replace(self.services, **changed)
        return build_app(services, Settings(largest_request_bytes=LARGEST_REQUEST_BYTES))

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

    def client(self, role: str = "operator", tenant: str = "acme", app: Api | None = None) -> httpx2.AsyncClient:
        """A client with the key of that role and tenant."""
        return self.anyone({"authorization": f"Bearer {self.keys[tenant, role]}"}, app)

    def anyone(self, headers: dict[str, str] | None = None, app: Api | None = None) -> httpx2.AsyncClient:
        """A client with these headers, without a key of its own."""
        transport = httpx2.ASGITransport(app=app or self.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://foliot.test", headers=headers)

    async def begin(self) -> list[Claimed]:
        """Start every run that is queued, as a worker."""
        now = self.clock.now()
        return await self.store.claim(
            ClaimRequest(
                worker="hands",
                queues=["default"],
                limit=100,
                now=now,
                lease_until=now + timedelta(seconds=15),
                handicaps=dict.fromkeys(Priority, (0.0, 1.0)),
            )
        )

    async def succeed(self, run: Claimed, result: object) -> None:
        """End a started run with a result."""
        await self._end(run, RunState.SUCCEEDED, Cause.RETURNED, result=msgspec.json.encode(result))

    async def fail(self, run: Claimed, message: str = "It broke.") -> None:
        """End a started run for good."""
        await self._end(run, RunState.FAILED, Cause.RAISED, error=Failure("handler_error", message, "ValueError"))

    async def retry_later(self, run: Claimed) -> None:
        """End an attempt with another to come in an hour."""
        failure = Failure("handler_error", "Not yet.", "ValueError")
        due_at = self.clock.now() + timedelta(hours=1)
        await self._end(run, RunState.RETRYING, Cause.RAISED, error=failure, due_at=due_at)

    async def _end(self, run: Claimed, state: RunState, cause: Cause, **members: Any) -> None:
        outcome = Outcome(
            run_id=run.run_id,
            tenant_id=run.tenant_id,
            lease=run.lease,
            state=state,
            cause=cause,
            at=self.clock.now(),
            **members,
        )
        assert not (await self.store.finish([outcome])).lost

    async def dead_letter(self, tenant: str = "acme") -> str:
        """The id of a run that failed for good."""
        async with self.client(tenant=tenant) as client:
            receipt = (await client.post("/v1/jobs", json={"type": "fragile"})).json()
        [run] = [claimed for claimed in await self.begin() if claimed.run_id == receipt["run_id"]]
        await self.fail(run)
        return run.run_id


@pytest.fixture
async def house() -> AsyncIterator[House]:
    system = await open_system(Settings(database_url="sqlite://:memory:"))
    house = House(system)
    await house.open()
    yield house
    await system.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """An operator of the tenant `acme`."""
    async with house.client() as client:
        yield client
