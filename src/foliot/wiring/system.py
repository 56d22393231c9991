"""A Foliot system in one process: the store, the service over it, and the engine when there is work to do."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from foliot.adapters.local.broker import StoreBroker
from foliot.adapters.prometheus import PrometheusMeter
from foliot.domain.access import Tenant
from foliot.domain.errors import Forbidden, NotFound
from foliot.domain.identity import Identity, Role
from foliot.domain.ids import IdSequence
from foliot.engine.expirer import Expirer
from foliot.engine.handler import Handler
from foliot.engine.heartbeat import Heartbeat, LifeLine
from foliot.engine.loop import Loop
from foliot.engine.planner import Planner
from foliot.engine.promoter import Promoter
from foliot.engine.pruner import Pruner
from foliot.engine.reaper import Reaper
from foliot.engine.reconciler import Reconciler, Tidier
from foliot.engine.replanner import Replanner
from foliot.engine.supervisor import Supervisor
from foliot.engine.worker import Worker, WorkerSettings
from foliot.ports import Clock, Wakeup
from foliot.service.access import Access
from foliot.service.admission import Admission
from foliot.service.audit import Audit
from foliot.service.backfilling import Backfilling
from foliot.service.calendars import Calendars
from foliot.service.catalogue import Catalogue
from foliot.service.changes import Changes
from foliot.service.dead_letters import DeadLetters
from foliot.service.graphs import Graphs
from foliot.service.holding import Holding
from foliot.service.jobs import Jobs
from foliot.service.leasing import Leasing
from foliot.service.occurrences import Occurrences
from foliot.service.previewing import Previewing
from foliot.service.replanning import Replanning
from foliot.service.runs import Runs
from foliot.service.services import Services
from foliot.service.watch import Watch
from foliot.settings import Settings
from foliot.wiring.brokers import broker_for
from foliot.wiring.stores import OpenStore, open_store
from foliot.wiring.surroundings import Surroundings

DEFAULT_TENANT: Final = "default"
OWNER: Final = Identity("", "system", Role.OWNER)


class System:
    """The parts, put together. `identity` acts for the SDK and the command line, as admin of the settings' tenant."""

    def __init__(self, settings: Settings, store: OpenStore, wakeup: Wakeup, surroundings: Surroundings) -> None:
        self.settings = settings
        self.store = store
        self.clock = surroundings.clock
        self.identity = OWNER
        self._surroundings = surroundings
        self._random = surroundings.random
        self._ids = IdSequence(self._random)
        self._wakeup = wakeup
        self._broker = broker_for(settings, store, wakeup, self.clock)
        self._workers: list[Worker] = []
        self._meter = PrometheusMeter()
        self.services = self._services()

    def _services(self) -> Services:
        store, broker, wakeup, clock, ids = self.store, self._broker, self._wakeup, self.clock, self._ids
        audit = Audit(ids, clock)
        catalogue = Catalogue(store, clock)
        runs = Runs(store, broker, audit, wakeup)
        admission = Admission(ids, self.settings.largest_payload_bytes)
        replanning = Replanning(store, audit, clock, wakeup)
        jobs = Jobs(store, broker, catalogue, admission, audit, clock, wakeup, self._meter, replanning)
        lease = timedelta(seconds=self.settings.lease_seconds)
        holding = Holding(store, broker, catalogue, clock, wakeup, self._meter, lease, self._random)
        return Services(
            jobs=jobs,
            graphs=Graphs(store),
            occurrences=Occurrences(store, jobs, clock),
            backfilling=Backfilling(store, broker, jobs, catalogue, admission, audit, clock, wakeup),
            calendars=Calendars(store, clock, replanning),
            runs=runs,
            dead_letters=DeadLetters(store, broker, catalogue, audit, ids, clock),
            previewing=Previewing(store, clock),
            watch=Watch(runs, store, wakeup, self._surroundings.look_again),
            changes=Changes(
                store, clock, wakeup, self._surroundings.look_again, timedelta(days=self.settings.retention_days)
            ),
            access=Access(store, ids, clock),
            catalogue=catalogue,
            leasing=Leasing(store, holding, catalogue, clock, wakeup, self._meter, self._random),
            holding=holding,
            ready=store.ping,
            metrics=self._metrics,
        )

    async def _metrics(self, identity: Identity) -> bytes:
        if identity.tenant_id != self.identity.tenant_id:
            raise Forbidden(f"The figures cover all tenants; use a key of the tenant {self.settings.tenant}.")
        return self._meter.render(await self.store.stats(), self.clock.now())

    @asynccontextmanager
    async def working(
        self, handlers: Iterable[Handler], hurry: asyncio.Event | None = None
    ) -> AsyncIterator[Sequence[str]]:
        """The engine, with one worker for these handlers, for as long as the block lasts; the queues that it serves.

        At its end what runs may finish within the grace period, or until `hurry` is set; the rest is handed back.
        Should the engine itself fail, the block is cancelled, and its error raised.
        """
        handlers = list(handlers)
        await self.services.catalogue.register(handler.job_type for handler in handlers)
        queues = self.settings.queue_names or queues_of(handlers)
        supervisor = self._supervisor(handlers, queues)
        engine = asyncio.create_task(supervisor.run(), name="engine")
        body = asyncio.current_task()

        def give_up(engine: asyncio.Task[None]) -> None:
            if body is not None and not engine.cancelled() and engine.exception() is not None:
                body.cancel()

        engine.add_done_callback(give_up)
        try:
            yield queues
        finally:
            engine.remove_done_callback(give_up)
            supervisor.stop(timedelta(seconds=self.settings.grace_seconds), hurry)
            await engine

    def _supervisor(self, handlers: Iterable[Handler], queues: Sequence[str]) -> Supervisor:
        settings, store, broker, wakeup, clock = self.settings, self.store, self._broker, self._wakeup, self.clock
        lease = timedelta(seconds=settings.lease_seconds)
        worker = Worker(
            WorkerSettings(
                name=f"{self._surroundings.process}-{self._random.getrandbits(32):08x}",
                queues=queues,
                concurrency=settings.concurrency,
                processes=settings.processes,
                lease=lease,
                pacing=self._surroundings.pacing,
            ),
            handlers, store, broker, clock, wakeup, self._meter, self._random,
        )  # fmt: skip
        self._workers.append(worker)
        heartbeat = Heartbeat(worker, store, clock, lease, self._surroundings.monotonic)
        loops: list[Loop] = [
            heartbeat,
            Promoter(store, broker, clock),
            Replanner(store, self._ids, clock, wakeup, self._surroundings.zones),
            Planner(store, broker, self._ids, clock, wakeup),
            Reaper(store, broker, clock, wakeup, self._meter, lease),
            Expirer(store, broker, clock, wakeup, self._meter),
            Pruner(store, clock, timedelta(days=settings.retention_days)),
        ]
        if not isinstance(broker, StoreBroker):
            loops += [Tidier(broker), Reconciler(store, broker)]
        life_line = LifeLine(heartbeat, lease) if self._surroundings.watches_the_loop else None
        return Supervisor(worker, loops, life_line, wakeup, self._random)

    @property
    def outside(self) -> int:
        """How many handlers are at work outside the event loop, in threads and child processes."""
        return sum(worker.outside for worker in self._workers)

    async def tenant(self, name: str) -> Tenant:
        """The tenant of that name; the one called `default` is made when it is first needed.

        Raises:
            NotFound: there is none.
        """
        try:
            return await self.services.access.tenant_named(OWNER, name)
        except NotFound:
            if name != DEFAULT_TENANT:
                raise
        await self.store.create_tenant(Tenant(self._ids.take(self.clock.now(), 1)[0], name, self.clock.now()))
        return await self.services.access.tenant_named(OWNER, name)

    async def open(self) -> None:
        """Bring the store's schema up to date, and find out whom the SDK and the command line act for.

        Raises:
            Unavailable: the database cannot be used.
            Conflict: the database belongs to a newer version.
            NotFound: the settings' tenant does not exist.
        """
        await self.store.migrate(self.clock.now())
        tenant = await self.tenant(self.settings.tenant)
        self.identity = Identity(tenant.id, "local", Role.ADMIN)

    async def close(self) -> None:
        """Look no more, and let go of the broker and the store."""
        await self.services.watch.close()
        await self.services.changes.close()
        await self._broker.close()
        await self.store.close()


async def open_system(settings: Settings, clock: Clock | None = None) -> System:
    """Open the store, bring its schema up to date, and put the parts together.

    Raises:
        Unavailable: the database cannot be opened.
        Conflict: the database belongs to a newer version.
        NotFound: the settings' tenant does not exist.
    """
    surroundings = Surroundings() if clock is None else Surroundings(clock=clock)
    store = open_store(settings)
    try:
        system = System(settings, store, store.wakeup(), surroundings)
        await system.open()
    except BaseException:
        await store.close()
        raise
    return system


def queues_of(handlers: Iterable[Handler]) -> Sequence[str]:
    """The queues that a worker serves unless it is told which: `default` and those of its job types."""
    return tuple(dict.fromkeys(["default", *(handler.job_type.policy.queue for handler in handlers)]))
