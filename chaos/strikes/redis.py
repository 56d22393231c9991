"""What happens to Redis, and to what lies in it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis as Client
from redis.exceptions import RedisError

from chaos.stage import Stage
from servers.redis import Redis

_AWAY_SECONDS: Final = 3.0
_PAUSES_SECONDS: Final = (1.0, 7.0)
_COPIES: Final = 5
_REMEMBERED: Final = 2_000
_REPLAYED: Final = 20

Lying = tuple[bytes, dict[bytes, bytes]]
"""A stream, and what an entry of it holds."""


def _server(stage: Stage) -> Redis:
    assert stage.site.redis is not None
    return stage.site.redis


async def kill_redis(stage: Stage) -> None:
    """It goes without a word, and comes back empty."""
    server = _server(stage)
    with stage.fault("Redis is killed, and comes back empty"):
        await stage.site.on_servers(server.kill)
        await stage.last(_AWAY_SECONDS)
        await stage.site.on_servers(server.start)


async def flush_redis(stage: Stage) -> None:
    """All that it holds is gone, groups of consumers and all; it answers as if nothing had been."""
    with stage.fault("Redis is flushed"), contextlib.suppress(RedisError):  # it may be away just now
        await stage.site.on_servers(_server(stage).flush)


async def pause_redis(stage: Stage) -> None:
    """It answers nobody, for less and then for more than anybody waits, and goes on as if nothing had been."""
    for seconds in _PAUSES_SECONDS:
        with stage.fault(f"Redis answers nobody for {seconds * stage.scale:.1f} s"):
            await stage.site.on_servers(_server(stage).pause)
            try:
                await stage.last(seconds)
            finally:
                await stage.site.on_servers(_server(stage).resume)
        await stage.last(2)


async def duplicate_deliveries(stage: Stage) -> None:
    """What lies in the streams is added again, several times, and what lay there long ago comes back."""
    seen: list[Lying] = []
    with stage.fault("deliveries are duplicated, and old ones come again"):
        async with _client(stage) as client, asyncio.TaskGroup() as group:
            duplicating = group.create_task(_duplicate(stage, client, seen))
            await stage.last(10)
            duplicating.cancel()


async def _duplicate(stage: Stage, client: Any, seen: list[Lying]) -> None:
    while True:
        await asyncio.sleep(0.02)
        again = stage.random.sample(seen, min(_REPLAYED, len(seen)))
        async for key in client.scan_iter(match="*:runs:*", _type="stream"):
            lying = [(key, fields) for _, fields in await client.xrange(key, count=10)]
            again += lying * _COPIES
            seen += lying
        del seen[:-_REMEMBERED]
        async with client.pipeline(transaction=False) as pipeline:
            for key, fields in again:
                pipeline.xadd(key, fields)
            await pipeline.execute(raise_on_error=False)


@asynccontextmanager
async def _client(stage: Stage) -> AsyncIterator[Any]:
    client = Client.from_url(_server(stage).url)
    try:
        yield client
    finally:
        await client.aclose()
