"""The connection to Redis: up, or down and looked for until it is back."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from foliot.domain.errors import InvalidSettings

_LOG: Final = structlog.get_logger(__name__)
_TIMEOUT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.25
_MOST_CONNECTIONS: Final = 16

DOWN: Final = (RedisError, OSError, TimeoutError)


class Link:
    """A client that knows whether Redis is there.

    Args:
        url: `redis://…`, as redis-py has them.
        returned: called when it is there again after it was not.
    """

    def __init__(self, url: str, returned: Callable[[], None]) -> None:
        try:
            self.redis: Any = Redis.from_url(
                url, protocol=2, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 1), max_connections=_MOST_CONNECTIONS, client_name="foliot",
            )  # fmt: skip
        except ValueError as error:
            raise InvalidSettings(f"FOLIOT_REDIS_URL cannot be used: {error}.", "FOLIOT_REDIS_URL") from None
        self._returned = returned
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether it was there when it was last asked."""
        return self._looking is None

    def failed(self, error: BaseException) -> None:
        """It did not answer: do without it until it does. Should it merely refuse something, it is still there."""
        if isinstance(error, ResponseError) and not str(error).startswith(("LOADING", "MASTERDOWN", "READONLY")):
            self._returned()
            return
        if self._looking is None:
            _LOG.warning("Redis is away; going on with the store alone", error=str(error) or type(error).__name__)
            self._looking = asyncio.create_task(self._look(), name="redis-link")

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            with contextlib.suppress(*DOWN):
                await self.redis.ping()
                break
        self._looking = None
        _LOG.info("Redis is back")
        self._returned()

    async def close(self) -> None:
        """Let go of it."""
        if self._looking is not None:
            self._looking.cancel()
        await self.redis.aclose()
