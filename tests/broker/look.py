"""What is in Redis, seen from outside; and what others than us may put there."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import redis

from foliot.adapters.redis.names import GROUP, Cell, Names
from foliot.domain.priority import Priority
from foliot.engine.reconciler import Reconciler
from foliot.settings import Settings
from tests.broker.brokers import Process

NAMES: Final = Names(Settings().redis_prefix)


def stream(queue: str = "default", priority: Priority = Priority.DEFAULT) -> str:
    """The stream of a queue and priority."""
    return NAMES.stream(Cell(priority, queue))


class Look:
    """A client of our own."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client: Any = client

    def put(self, content: Mapping[Any, Any], key: str = stream()) -> str:
        """Append an entry; its id."""
        entry: bytes = self.client.xadd(key, content)
        return entry.decode()

    def length(self, key: str = stream()) -> int:
        """How many entries there are."""
        length: int = self.client.xlen(key)
        return length

    def runs(self, *keys: str) -> list[str]:
        """The ids of all runs that are told of, in order; by default in all streams of runs."""
        names = keys or self.streams()
        entries = [content for name in names for _, content in self.client.xrange(name)]
        return [run for content in entries for run in content[b"runs"].decode().split()[::2]]

    def streams(self) -> list[str]:
        """The streams in which runs are."""
        keys = [key.decode() for key in self.client.keys("*")]
        return [key for key in keys if key.split(":")[1] in ("runs", "returned", "left")]

    def malformed(self) -> list[dict[bytes, bytes]]:
        """What was set aside."""
        return [content for _, content in self.client.xrange(NAMES.malformed)]

    def pending(self, key: str = stream()) -> int:
        """How many entries somebody has in hand."""
        return int(self.client.xpending(key, GROUP)["pending"])

    def consumers(self, key: str = stream()) -> set[str]:
        """Who reads."""
        return {each["name"].decode() for each in self.client.xinfo_consumers(key, GROUP)}

    def read_as(self, consumer: str, key: str = stream(), count: int = 10) -> int:
        """Take entries in hand under a name, and do nothing with them; how many."""
        with suppress(redis.ResponseError):
            self.client.xgroup_create(key, GROUP, id="0", mkstream=True)
        return sum(len(entries) for _, entries in self.client.xreadgroup(GROUP, consumer, {key: ">"}, count=count))

    def revive(self, consumer: str) -> None:
        """Say for a consumer that it lives."""
        self.client.set(NAMES.consumer(consumer), 1)

    async def reconcile(self, process: Process, looks: int = 1) -> None:
        """Let a process look so often for what is lost, without waiting for its turn."""
        reconciler = Reconciler(process.store, process.hints)
        for _ in range(looks):
            self.client.delete(NAMES.turn)
            await reconciler.step()
