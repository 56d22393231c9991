"""The connection to Redis: up, or down and looked for until it is back."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from foliot.domain.errors import InvalidSettings

_LOG: Final = structlog.get_logger(__name__)
_ANSWER_SECONDS: Final = 1.0
_MOST_CONNECTIONS: Final = 8
_FIRST_LOOK_SECONDS: Final = 0.25
_LAST_LOOK_SECONDS: Final = 5.0
_STEADY_SECONDS: Final = 10.0

BLOCK_SECONDS: Final = 1.0
"""How long a read waits for something to come."""

DOWN: Final = (RedisError, OSError, TimeoutError)
"""It is away, or does not do what it is told: either way it is of no use."""


class Link:
    """A client that knows whether Redis is of use.

    Args:
        url: `redis://…`, as redis-py has them.
        recover: what must be done on it when it is back, before it is used again.
        returned: called then.
    """

    def __init__(self, url: str, recover: Callable[[], Awaitable[None]], returned: Callable[[], None]) -> None:
        self.redis = _client(url, _ANSWER_SECONDS, _MOST_CONNECTIONS)
        self.waiter = _client(url, _ANSWER_SECONDS + BLOCK_SECONDS, 1)
        """The same, for a command that waits: an answer takes longer."""
        self._recover = recover
        self._returned = returned
        self._looking: asyncio.Task[None] | None = None
        self._pause = _FIRST_LOOK_SECONDS
        self._back_at = 0.0

    @property
    def is_up(self) -> bool:
        """Whether it did what it was last told."""
        return self._looking is None

    def failed(self, error: BaseException) -> None:
        """It did not: do without it until it does. The sooner it fails again, the longer that is."""
        if self._looking is not None:
            return
        is_steady = asyncio.get_running_loop().time() > self._back_at + _STEADY_SECONDS
        self._pause = _FIRST_LOOK_SECONDS if is_steady else min(2 * self._pause, _LAST_LOOK_SECONDS)
        _LOG.warning("Redis is away; going on with the store alone", error=str(error) or type(error).__name__)
        self._looking = asyncio.create_task(self._look(), name="redis-link")

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            with contextlib.suppress(*DOWN):
                await self.redis.ping()
                await self._recover()
                break
        self._back_at = asyncio.get_running_loop().time()
        self._looking = None
        _LOG.info("Redis is back")
        self._returned()

    async def close(self) -> None:
        """Let go of it."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        for client in (self.redis, self.waiter):
            await client.aclose()


def _client(url: str, answer_seconds: float, connections: int) -> Any:
    try:
        pool: Any = BlockingConnectionPool.from_url(
            url, max_connections=connections, timeout=answer_seconds, protocol=2, client_name="foliot",
            socket_timeout=answer_seconds, socket_connect_timeout=_ANSWER_SECONDS, retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        pool.make_connection()
    except (ValueError, TypeError):  # their messages may tell the password
        raise InvalidSettings(
            "FOLIOT_REDIS_URL must be redis://user:password@host:port/0, rediss://… with TLS, or unix:///path.",
            "FOLIOT_REDIS_URL",
        ) from None
    return Redis.from_pool(pool)
