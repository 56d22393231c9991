"""The brokers that must pass the contract, each on each of these stores. A new one is a line in BROKERS."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import msgspec

from foliot.adapters.redis import RedisBroker
from foliot.domain.run import Claimed, Queued
from foliot.domain.states import RunState
from foliot.ports import Broker, HintBroker, Store, Submission, Wakeup
from foliot.settings import Settings
from foliot.wiring.brokers import broker_for
from foliot.wiring.stores import open_store
from servers.redis import Redis
from tests.contract.builders import NOW, wish
from tests.engine.house import PATIENCE, HandClock, until


class Place(msgspec.Struct, frozen=True):
    """Where a system keeps what it keeps: an empty folder, the URL of an empty database, an empty Redis."""

    folder: Path
    database: Callable[[], str]
    redis: Callable[[], Redis]


class Kind(msgspec.Struct, frozen=True):
    """A kind of broker on a kind of store: the settings that name them at a place."""

    store: str
    broker: str

    def settings(self, place: Place) -> Settings:
        return Settings(database_url=STORES[self.store](place), redis_url=BROKERS[self.broker](place))

    @property
    def forgets(self) -> bool:
        """Whether the broker has a memory of its own, which it may lose."""
        return self.broker != "store"

    def __str__(self) -> str:
        return f"{self.broker}-on-{self.store}"


STORES: Final[dict[str, Callable[[Place], str]]] = {
    "sqlite": lambda place: f"sqlite:///{place.folder}/foliot.db",
    "postgres": lambda place: place.database(),
}
BROKERS: Final[dict[str, Callable[[Place], str | None]]] = {
    "store": lambda _: None,
    "redis": lambda place: place.redis().url,
}
KINDS: Final = tuple(Kind(store, broker) for broker in BROKERS for store in STORES)


class Process(msgspec.Struct, frozen=True):
    """A store and a broker, as one process has them."""

    store: Store
    broker: Broker
    wakeup: Wakeup

    async def submit(self, *batch: Submission) -> list[Queued]:
        """Store jobs, and publish those that are due."""
        await self.store.submit(batch)
        due = [Queued.of(each.run) for each in batch if each.run is not None and each.run.state is RunState.QUEUED]
        await self.broker.publish(due)
        return due

    async def claim(self, **of_wish: Any) -> list[Claimed]:
        """What a worker gets that wishes so."""
        return await self.broker.claim(wish(**of_wish))

    async def gets(self, count: int, within: float = PATIENCE, **of_wish: Any) -> list[Claimed]:
        """What a worker gets that wishes so again and again until it has as many."""
        claimed: list[Claimed] = []

        async def work() -> int:
            claimed.extend(await self.claim(**of_wish))
            return len(claimed)

        await until(work, lambda seen: seen >= count, within)
        assert len(claimed) == count
        return claimed

    async def gets_nothing(self, **of_wish: Any) -> None:
        """A worker that wishes so gets nothing, for as long as it may take to hand something over."""
        for _ in range(5):
            assert await self.claim(**of_wish) == []
            await asyncio.sleep(0.01)

    @property
    def hints(self) -> HintBroker:
        """The broker, which is one that may forget."""
        assert isinstance(self.broker, RedisBroker)
        return self.broker

    async def close(self) -> None:
        await self.broker.close()
        await self.store.close()


class House:
    """The processes on one place, under one clock."""

    def __init__(self, kind: Kind, place: Place) -> None:
        self.kind = kind
        self.place = place
        self.clock = HandClock()
        self.clock.at = NOW
        self.processes: list[Process] = []

    async def process(self, most_entries: int | None = None) -> Process:
        """One process more; its broker puts at most so many entries into a stream, if it has any."""
        settings = self.kind.settings(self.place)
        store = open_store(settings)
        await store.migrate(NOW)
        wakeup = store.wakeup()
        if most_entries is None:
            broker = broker_for(settings, store, wakeup, self.clock)
        else:
            broker = RedisBroker(
                str(settings.redis_url), settings.redis_prefix, token_hex(4), store, wakeup, self.clock,
                most=most_entries,
            )  # fmt: skip
        process = Process(store, broker, wakeup)
        self.processes.append(process)
        return process

    async def close(self) -> None:
        """End all processes."""
        while self.processes:
            await self.processes.pop().close()


def ids(runs: Iterable[Claimed | Queued]) -> list[str]:
    """Their ids."""
    return [run.run_id for run in runs]


def joined(claims: Iterable[Iterable[Claimed | Queued]]) -> list[str]:
    """The ids of what was claimed, or published, in turn."""
    return [run_id for runs in claims for run_id in ids(runs)]


def ids_of(batch: Sequence[Submission]) -> list[str]:
    """The ids of their runs."""
    return [made.job.id for made in batch]
