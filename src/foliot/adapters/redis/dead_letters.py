"""A stream that mirrors the store's dead letters, for whoever wants to be told of them by Redis."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from foliot.adapters.redis.names import Names
from foliot.adapters.redis.scripts import Scripts
from foliot.domain.run import Queued
from foliot.ports import RunRef

_MOST_ENTRIES: Final = 100_000


class DeadLetters:
    """Entries `run, tenant, type, queue, priority`, the latest 100,000; a hash tells which entry is whose."""

    def __init__(self, redis: Any, scripts: Scripts, names: Names) -> None:
        self._redis = redis
        self._scripts = scripts
        self._names = names
        self._keys = [names.dead, names.dead_entries]
        self._has_missed = False

    async def add(self, runs: Sequence[Queued]) -> None:
        """Runs have become dead letters; those that it has already change nothing."""
        told = [(run.run_id, run.tenant_id, run.type, run.queue, run.priority.label) for run in runs]
        await self._scripts.run("bury", self._keys, _MOST_ENTRIES, msgspec.json.encode(told))

    async def remove(self, runs: Sequence[RunRef]) -> None:
        """Runs are dead letters no more."""
        await self._scripts.run("dig_up", self._keys, *(run.run_id for run in runs))

    def miss(self) -> None:
        """Redis is not told of a change: the mirror is not whole any more."""
        self._has_missed = True

    async def admit(self) -> None:
        """Tell Redis what it has missed, if it has."""
        if self._has_missed:
            await self._redis.delete(self._names.dead_whole)
            self._has_missed = False

    async def is_whole(self, count: int | None) -> bool:
        """Whether it has all dead letters, of which there are so many, if that is known."""
        if not await self._redis.exists(self._names.dead_whole):
            return False
        return count is None or await self._redis.xlen(self._names.dead) == min(count, _MOST_ENTRIES)

    async def clear(self) -> None:
        """Forget all, and be whole once all were added."""
        await self._redis.delete(*self._keys)
        await self._redis.set(self._names.dead_whole, 1)
