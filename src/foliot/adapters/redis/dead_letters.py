"""A stream that mirrors the store's dead letters, for whoever wants to be told of them by Redis."""

from collections.abc import Sequence
from typing import Any, Final

from foliot.adapters.redis.names import Names
from foliot.domain.run import Queued
from foliot.ports import RunRef

_MOST_ENTRIES: Final = 100_000


class DeadLetters:
    """Entries `run_id, tenant_id, type, queue`; a hash tells which entry is whose."""

    def __init__(self, redis: Any, names: Names) -> None:
        self._redis = redis
        self._names = names

    async def add(self, runs: Sequence[Queued]) -> None:
        """Runs have become dead letters."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for run in runs:
                told = {"run_id": run.run_id, "tenant_id": run.tenant_id, "type": run.type, "queue": run.queue}
                pipeline.xadd(self._names.dead, told, maxlen=_MOST_ENTRIES, approximate=True)
            ids = await pipeline.execute()
        places = {run.run_id: identifier for run, identifier in zip(runs, ids, strict=True)}
        await self._redis.hset(self._names.dead_entries, mapping=places)

    async def remove(self, runs: Sequence[RunRef]) -> None:
        """Runs are dead letters no more."""
        ids = [run.run_id for run in runs]
        places = [place for place in await self._redis.hmget(self._names.dead_entries, ids) if place]
        async with self._redis.pipeline(transaction=False) as pipeline:
            if places:
                pipeline.xdel(self._names.dead, *places)
            pipeline.hdel(self._names.dead_entries, *ids)
            await pipeline.execute()

    async def count(self) -> int:
        """How many there are."""
        length: int = await self._redis.xlen(self._names.dead)
        return length

    async def clear(self) -> None:
        """Forget all, to begin anew."""
        await self._redis.delete(self._names.dead, self._names.dead_entries)
