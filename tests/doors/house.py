"""A Foliot that is open on all four doors, and tenants in it who have one of everything."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Thread
from typing import TypeVar
from uuid import uuid4

import msgspec

from foliot.domain.identity import Identity, Role
from foliot.domain.page import LARGEST_PAGE, PageRequest
from foliot.domain.schedule import Cron, Every, Schedule
from foliot.ports import JobFilter, RunFilter
from foliot.service.admission import JobRequest
from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from foliot.wiring import System, open_system
from foliot.wiring.listening import listening
from tests.http.conftest import OWNER
from tests.http.conftest import House as OneDoor

Thing = TypeVar("Thing")

NOBODYS = "01a21b2f-45e0-73bc-9239-b38537b4e0dd"
WHOLE = PageRequest(LARGEST_PAGE)
Standing = Counter[tuple[object, ...]]
"""How all stands in a tenant: so many things of a kind in a state."""


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant and its keys by their roles; the ids of what it has, by the names that the tables have for them."""

    id: str
    keys: dict[str, str]
    has: dict[str, str] = {}

    @property
    def admin(self) -> Identity:
        """Its admin."""
        return Identity(self.id, "founder", Role.ADMIN)


class House(OneDoor):
    """The system, where its doors are, and the loop that it lives in."""

    def __init__(self, system: System, url: str, target: str) -> None:
        super().__init__(system)
        self.url = url
        self.target = target
        self._loop = asyncio.get_running_loop()

    def done(self, deed: Awaitable[Thing]) -> Thing:
        """What a deed in the house's own loop comes to."""

        async def do() -> Thing:
            return await deed

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(timeout=30)

    async def tenant(self) -> Tenant:
        """A new one, which has nothing."""
        access = self.services.access
        tenant = await access.create_tenant(OWNER, f"t-{uuid4().hex}")
        admin = Identity(tenant.id, "founder", Role.ADMIN)
        roles = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)
        keys = {role.value: (await access.create_key(admin, role.value, role))[1] for role in roles}
        return Tenant(id=tenant.id, keys=keys | {"nobody": "fol_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaa"})

    async def furnished(self) -> Tenant:
        """A new one, which has one of everything."""
        tenant, jobs = await self.tenant(), self.services.jobs
        await self.services.calendars.put(tenant.admin, "holidays", [date(2030, 12, 25)])
        [spare] = [key for key in await self.services.access.keys(tenant.admin) if key.role is Role.VIEWER]
        hourly = Every(seconds=3600, exclude=("holidays",))
        later = JobRequest(type="greet", delay_seconds=3600)
        has = {
            "job": (await jobs.submit(tenant.admin, later)).job_id,
            "run": (await jobs.submit(tenant.admin, later)).job_id,
            "recurring": (await jobs.submit(tenant.admin, JobRequest(type="greet", schedule=hourly))).job_id,
            "paused": (await jobs.submit(tenant.admin, JobRequest(type="greet", schedule=hourly))).job_id,
            "dead": await self._over(tenant, "fragile"),
            "done": await self._over(tenant, "any"),
            "calendar": "holidays",
            "unused": "unused",
            "key": spare.id,
            "nobody": NOBODYS,
            "yesterday": f"{self.clock.now() - timedelta(hours=23, minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        }
        await jobs.pause(tenant.admin, has["paused"])
        await self.services.calendars.put(tenant.admin, "unused", [])
        return msgspec.structs.replace(tenant, has=has)

    async def _over(self, tenant: Tenant, job_type: str) -> str:
        """A run that has ended: a fragile one has failed for good."""
        ticket = await self.services.jobs.submit(tenant.admin, JobRequest(type=job_type))
        [run] = [run for run in await self.begin() if run.run_id == ticket.run_id]
        await (self.fail(run) if job_type == "fragile" else self.succeed(run, "hello"))
        return run.run_id

    async def standing(self, tenant: Tenant) -> Standing:
        """All that a deed can have changed, such that it looks the same in every tenant."""
        services, admin = self.services, tenant.admin
        jobs = (await services.jobs.page(admin, JobFilter(), WHOLE)).items
        runs = (await services.runs.page(admin, RunFilter(), WHOLE)).items
        dead = (await services.dead_letters.page(admin, RunFilter(), WHOLE)).items
        return Counter(
            [
                *(
                    ("job", job.type, job.state, job.queue, job.revision, job.overrides, _said(job.schedule))
                    for job in jobs
                ),
                *(("run", run.type, run.state, run.replay_of is not None) for run in runs),
                *(("dead letter", run.type) for run in dead),
                *(("calendar", each.name, each.count) for each in await services.calendars.all(admin)),
                *(("key", key.role, key.revoked_at is None) for key in await services.access.keys(admin)),
            ]
        )


def _said(schedule: Schedule | None) -> Schedule | None:
    """The schedule as it is said, without the instant from which it counts."""
    return msgspec.structs.replace(schedule, start=None) if isinstance(schedule, Every | Cron) else None


@contextmanager
def opened() -> Iterator[House]:
    """A house in a thread of its own, so that clients of every kind may block."""
    ready: Future[House] = Future()
    over = Future[None]()
    thread = Thread(target=lambda: asyncio.run(_keep(ready, over)), name="house")
    thread.start()
    try:
        yield ready.result(timeout=30)
    finally:
        over.set_result(None)
        thread.join()


async def _keep(ready: Future[House], over: Future[None]) -> None:
    try:
        system = await open_system(Settings(database_url="sqlite://:memory:", port=0, grace_seconds=0.1))
        grpc = GrpcServer(system.services, system.settings)
        try:
            async with listening(system) as port:
                target = f"127.0.0.1:{await grpc.start(0)}"
                house = House(system, f"http://127.0.0.1:{port}", target)
                await house.open()
                ready.set_result(house)
                await asyncio.wrap_future(over)
        finally:
            await grpc.stop(0)
            await system.close()
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)
