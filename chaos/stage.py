"""What a strike is given: the installation under load, dice, and a list to enter each fault in."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import msgspec

from chaos.load import Load
from chaos.orders import Order
from chaos.processes import Process
from chaos.site import Site
from foliot import RunState, Unavailable
from foliot.domain.identity import Identity
from foliot.ports import Held, ReadStore, RunFilter

_MOST_HELD = 1_000


class Fault(msgspec.Struct):
    """Something that was done, and for how long. `held` are the leases that its victim had in hand when it began."""

    what: str
    began: float
    ended: float | None = None
    victim: int | None = None
    held: Sequence[Held] = ()


class Stage:
    """A drill under way. `scale` is how long this one is, 1 for one of twenty seconds: a fault lasts accordingly."""

    def __init__(
        self, site: Site, load: Load, store: ReadStore, identity: Identity, random: Random, scale: float
    ) -> None:
        self.site = site
        self.load = load
        self.random = random
        self.scale = scale
        self.faults: list[Fault] = []
        self._store = store
        self._identity = identity

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts here."""
        return self.site.settings.lease_seconds

    async def last(self, seconds: float) -> None:
        """Let so much time pass, less in a short drill."""
        await asyncio.sleep(seconds * self.scale)

    @contextmanager
    def fault(self, what: str, victim: Process | None = None) -> Iterator[Fault]:
        """A fault that lasts as long as the block."""
        fault = Fault(what, time.time(), victim=None if victim is None else victim.pid)
        self.faults.append(fault)
        try:
            yield fault
        finally:
            fault.ended = time.time()

    def any_worker(self) -> Process:
        """One of those that run."""
        return self.random.choice(self.site.workers)

    async def kill(self, worker: Process, what: str) -> None:
        """SIGKILL a worker, and enter what it had in hand."""
        self.site.give_up(worker)
        with self.fault(what, worker) as fault:
            await worker.kill()
        fault.held = await self.held_by(worker)

    async def held_by(self, worker: Process) -> list[Held]:
        """The leases that a worker has in hand, as the store knows them; none if it cannot be asked."""
        wanted = RunFilter(state=RunState.RUNNING)
        try:
            running = await self._store.runs(self._identity.tenant_id, wanted, None, _MOST_HELD)
        except Unavailable:
            return []
        return [Held(run.id, run.tenant_id, run.lease) for run in running if is_of(run.worker, worker.pid)]

    def order(self, kind: str) -> None:
        """Submit a job of this kind beside the load."""
        self.load.offer_one(lambda number: Order(number, kind))


def is_of(worker: str | None, pid: int) -> bool:
    """Whether a worker's name, `host-pid-dice`, is that of this process."""
    return worker is not None and worker.rsplit("-", 2)[1:2] == [str(pid)]
